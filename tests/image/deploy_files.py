"""What the files say that platforms read: Dockerfile, heroku.yml, Procfile and others."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import yaml

from localstack import ROOT


def read_yaml(name: str) -> Any:  # noqa: ANN401 - whatever the file holds
    """Return what a YAML file of the project says."""
    return yaml.safe_load((ROOT / name).read_text())


def read_toml(name: str) -> dict[str, Any]:
    """Return what a TOML file of the project says."""
    return tomllib.loads((ROOT / name).read_text())


def instructions() -> list[tuple[str, str]]:
    """Return the Dockerfile's instructions and their arguments, in order."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    lines = text.replace("\\\n", " ").splitlines()
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines) if word]


def last(instruction: str) -> str:
    """Return the argument of the last such instruction, the one that counts."""
    return [rest for word, rest in instructions() if word == instruction][-1]


def processes() -> dict[str, str]:
    """Return the Procfile's commands by process type."""
    lines = (ROOT / "Procfile").read_text().splitlines()
    found = [re.fullmatch(r"([a-z0-9-]+): (.+)", line) for line in lines]
    assert all(found), lines
    return {match[1]: match[2] for match in found if match}


def supervised() -> list[str]:
    """Return the commands that supervisord starts."""
    return re.findall(r"^command=(.+)$", (ROOT / "supervisord.conf").read_text(), re.MULTILINE)


def programs() -> dict[str, set[str]]:
    """Return the programs of ours that are named anywhere, by who names them."""
    heroku, project = read_yaml("heroku.yml"), read_toml("project.toml")
    scripts = [group.get("script", {}) for group in project["io"]["buildpacks"]["group"]]
    texts = {
        "Dockerfile": [rest for word, rest in instructions() if word in {"CMD", "RUN"}],
        "Procfile": list(processes().values()),
        "compose.yaml": [json.dumps(read_yaml("compose.yaml"))],
        "heroku.yml": [*heroku["release"]["command"], *heroku["run"].values()],
        "project.toml": [script.get("inline", "") for script in scripts],
        "supervisord.conf": supervised(),
    }
    texts |= {f"bin/{path.name}": [path.read_text()] for path in programs_folder()}
    return {
        name: set(re.findall(r"(?<![\w./-])bin/[a-z-]+", "\n".join(found)))
        for name, found in texts.items()
    }


def programs_folder() -> list[Path]:
    """Return every program of ours."""
    return sorted((ROOT / "bin").iterdir())
