"""What Heroku, buildpacks and Docker will read, held against their rules; nothing is built here."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from localstack import ROOT
from tests.image.base import base_name
from tests.image.buildpack import new_workspace
from tests.image.deploy_files import (
    instructions,
    last,
    processes,
    programs,
    read_toml,
    read_yaml,
    supervised,
)
from tests.image.targets import TARGETS

RUNTIME = ("version", "sha256")
PINNED = re.compile(r"^([a-z0-9-]+)==([^\s\\;]+)", re.MULTILINE)


def test_dockerfile_is_clean() -> None:
    """hadolint finds nothing but what .hadolint.yaml explains."""
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run(
        [hadolint, "--config", ".hadolint.yaml", "Dockerfile"],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert (done.returncode, done.stdout) == (0, "")


def test_dockerfile_needs_nothing_that_heroku_or_the_classic_builder_lacks() -> None:
    """Heroku ignores some instructions; BuildKit's own syntax would need BuildKit everywhere."""
    words = {word for word, _ in instructions()}

    assert words <= {
        "ARG",
        "FROM",
        "RUN",
        "COPY",
        "WORKDIR",
        "ENV",
        "LABEL",
        "USER",
        "CMD",
    }
    assert not re.search(
        r"^# *syntax=|--mount|--link|--chmod|<<", (ROOT / "Dockerfile").read_text()
    )


def test_container_runs_as_a_number_and_without_a_shell() -> None:
    """A platform can tell by the number that it is not root; a shell would keep signals."""
    users = [rest for word, rest in instructions() if word == "USER"]

    assert len(users) == len(TARGETS)
    assert [user for user in users if not re.fullmatch(r"[1-9][0-9]*:[1-9][0-9]*", user)] == []
    assert "ENTRYPOINT" not in {word for word, _ in instructions()}
    assert json.loads(last("CMD")) == ["bin/start"]


@pytest.mark.parametrize("who", programs())
def test_named_programs_exist(who: str) -> None:
    """Every program that a file names is there, and may be run."""
    for name in programs()[who]:
        assert os.access(ROOT / name, os.X_OK), f"{who} names {name}"


def test_every_way_to_start_starts_the_same() -> None:
    """Docker, heroku.yml and buildpacks run one program for web, and one before a release."""
    heroku = read_yaml("heroku.yml")

    assert json.loads(last("CMD")) == ["bin/start"]
    assert heroku["run"]["web"] == "exec bin/start"  # no shell stays that holds the secrets
    assert processes() == {"web": "exec bin/start", "release": heroku["release"]["command"][0]}


def test_each_language_has_a_target_and_python_is_the_default() -> None:
    """Who names no target, as `heroku container:push` does, gets the last stage."""
    stages = [rest.rpartition(" ")[2] for word, rest in instructions() if word == "FROM"]

    assert {target.name for target in TARGETS} < set(stages)
    assert stages[-1] == "python"


def test_heroku_yml_has_what_heroku_knows() -> None:
    """Sections and keys of the manifest; what it names exists."""
    heroku = read_yaml("heroku.yml")

    assert set(heroku) == {"setup", "build", "release", "run"}
    assert heroku["build"]["docker"] == {"web": "Dockerfile"}
    assert heroku["release"]["image"] in heroku["build"]["docker"]
    assert heroku["setup"]["addons"][0]["as"] == "DATABASE"  # which makes DATABASE_URL


def test_app_json_asks_for_what_must_be_set() -> None:
    """The same add-on as heroku.yml; settings that docs/configuration.md describes."""
    app = json.loads((ROOT / "app.json").read_text())
    page = (ROOT / "docs" / "configuration.md").read_text()

    assert app["stack"] == "container"
    assert app["addons"] == [addon["plan"] for addon in read_yaml("heroku.yml")["setup"]["addons"]]
    assert {"ORG_ID_18", "CONSUMER_KEY", "ENCODED_PRIVATE_KEY"} <= set(app["env"])
    assert [name for name in app["env"] if f"| `{name}` |" not in page] == []


def test_compose_publishes_nothing_beyond_this_machine() -> None:
    """The simulated org has no password, and the database one that everybody knows."""
    services = read_yaml("compose.yaml")["services"]
    ports = [port for service in services.values() for port in service.get("ports", [])]

    assert len(ports) == 2
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


@pytest.mark.parametrize("name", ["org", "app"])
def test_composed_containers_are_hardened(name: str) -> None:
    """As tests/image runs them; what they mount of the project exists."""
    service = read_yaml("compose.yaml")["services"][name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    mounted = [volume.split(":")[0] for volume in service["volumes"] if volume.startswith("./")]
    assert [path for path in mounted if not (ROOT / path).is_dir()] == []


def test_supervised_programs_do_not_care_where_they_lie() -> None:
    """The image has them in /srv/app, a buildpack in /workspace."""
    assert len(supervised()) == 4
    assert [command for command in supervised() if not command.startswith("bin/")] == []
    assert "directory=%(here)s" in (ROOT / "supervisord.conf").read_text()


def test_buildpack_finds_one_lock_and_one_version() -> None:
    """heroku/python refuses two package managers, runtime.txt, and more than X.Y or X.Y.Z."""
    assert [
        name
        for name in ("poetry.lock", "uv.lock", "Pipfile.lock", "runtime.txt", "environment.yml")
        if (ROOT / name).exists()
    ] == []
    version = (ROOT / ".python-version").read_text()
    assert re.fullmatch(r"3\.1[1-4]\n", version)
    assert f"python:{version.strip()}-" in base_name()


def test_lock_is_hashed() -> None:
    """One requirement without a hash, and pip takes none of the others."""
    requirements = re.split(r"\n(?=\S)", (ROOT / "requirements.txt").read_text())
    pinned = [text for text in requirements if not text.startswith("#")]

    assert len(pinned) > 30
    assert [text for text in pinned if "--hash=sha256:" not in text] == []


def test_bounds_of_the_function_are_the_lock() -> None:
    """What a function may not replace is what the runtime is tested with."""
    lock = dict(PINNED.findall((ROOT / "requirements.txt").read_text()))
    bounds = dict(PINNED.findall((ROOT / "requirements" / "function.txt").read_text()))

    assert len(bounds) > 10
    assert {name: lock.get(name) for name in bounds} == bounds


def test_project_descriptor_is_understood() -> None:
    """Without its version pack would ignore everything; both lists at once would be an error."""
    project = read_toml("project.toml")
    buildpacks = project["io"]["buildpacks"]

    assert project["_"]["schema-version"] == "0.2"
    assert "include" not in buildpacks
    assert all("type" in license_ for license_ in project["_"]["licenses"])
    assert [set(group) - {"id", "script"} for group in buildpacks["group"]] == [set()] * 3
    script = buildpacks["group"][1]["script"]
    assert 7 <= int(script["api"].removeprefix("0.")) <= 12  # of the lifecycle in builder:24


def test_project_is_a_function_project() -> None:
    """Both descriptors say the same of the function."""
    project, function = read_toml("project.toml"), read_toml("function/project.toml")

    for name in ("type", "schema-version", "salesforce-api-version"):
        assert project["com"]["salesforce"][name] == function["com"]["salesforce"][name]


def test_own_buildpack_makes_a_layer(tmp_path: Path) -> None:
    """As the lifecycle calls it: the layer goes along, and tells where the packages are."""
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "CNB_LAYERS_DIR": str(tmp_path / "layers"),
    }
    inline = read_toml("project.toml")["io"]["buildpacks"]["group"][1]["script"]["inline"]
    workspace = new_workspace(tmp_path)
    subprocess.run(["bash", "-c", inline], cwd=workspace, env=environment, timeout=60, check=True)

    layer = tmp_path / "layers" / "function-packages"
    assert tomllib.loads(layer.with_suffix(".toml").read_text()) == {"types": {"launch": True}}
    packages = Path((layer / "env.launch" / "FUNCTION_PACKAGES.override").read_text())
    assert packages.is_dir()


def test_buildpacks_see_what_runs_and_nothing_else(tmp_path: Path) -> None:
    """project.toml keeps out what .dockerignore keeps out."""
    there = {path.name for path in new_workspace(tmp_path).iterdir()}

    assert there >= {"bin", "function", "invocation", "proxy", "relay", "supervision"}
    assert "salesforce_functions" in there
    assert there >= {".python-version", "Procfile", "requirements", "requirements.txt"}
    assert "supervisord.conf" in there
    kept_out = {
        "tests",
        "orgsim",
        "bench",
        "chaos",
        "demo",
        "localstack",
        "force-app",
        "org-configuration",
    }
    assert there & (kept_out | {".git", ".ci", ".local"}) == set()


def test_the_runtime_for_java_is_one_everywhere() -> None:
    """What bin/build-function fetches is what the projects in Java fetch, by version and digest."""
    script = (ROOT / "bin/build-function").read_text()
    ours = [re.search(rf"^runtime_{what}=(\S+)$", script, re.MULTILINE) for what in RUNTIME]
    for project in ("examples/javafunction", "conformance/functions/java"):
        pom = (ROOT / project / "pom.xml").read_text()
        theirs = [re.search(rf"<runtime\.{what}>(\S+)</", pom) for what in RUNTIME]

        assert [each and each[1] for each in theirs] == [each and each[1] for each in ours]
    assert all(ours)
