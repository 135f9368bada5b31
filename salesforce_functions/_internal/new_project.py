"""Make a new function project from the template that comes with the package."""

import json
import re
from pathlib import Path
from typing import Final

TEMPLATE: Final = Path(__file__).with_name("template")

# A file that is called .gitignore there would have its say about the package itself.
FILES: Final = {
    "main.py": "main.py",
    "project.toml": "project.toml",
    "requirements.txt": "requirements.txt",
    "tests/conftest.py": "tests/conftest.py",
    "tests/test_main.py": "tests/test_main.py",
    ".gitignore": "gitignore",
}
"""What a project consists of, and the file of the template it is made of."""

_PLACEHOLDER: Final = '"my-function"'


class NewProjectError(Exception):
    """No project can be made there; the text says why."""


def create_project(project_path: Path) -> None:
    """Write a project that can be served and tested at once.

    Args:
        project_path: A directory that is empty or does not exist. Its name becomes the function's.

    Raises:
        NewProjectError: It is neither, or cannot be written to.
    """
    path = project_path.resolve()
    try:
        if path.exists() and not path.is_dir():
            raise NewProjectError(f"{path} is a file. Choose another directory.")
        if path.is_dir() and any(path.iterdir()):
            raise NewProjectError(f"{path} is not empty. Choose a new directory.")
        for name, source in FILES.items():
            _write(path / name, TEMPLATE.joinpath(source).read_text(encoding="utf-8"), path.name)
    except OSError as error:
        raise NewProjectError(f"{path} cannot be written: {error}") from error


def _write(path: Path, text: str, name: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.replace(_PLACEHOLDER, json.dumps(_function_id(name))), encoding="utf-8")


def _function_id(name: str) -> str:
    """Return a directory's name as an id: lower-case letters, digits, and single dashes between."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "my-function"
