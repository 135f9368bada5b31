"""Read ``project.toml``: which Salesforce API version the function was written for."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from salesforce_functions._internal.text_file import read_text

_API_VERSION: Final = re.compile(r"([0-9]{1,4})\.[0-9]{1,4}")
_OLDEST_MAJOR: Final = 53


class ProjectError(Exception):
    """The project's settings cannot be used; the text tells its author what to change."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Project:
    """The settings of a function's project."""

    salesforce_api_version: str
    """Version of the org's REST API to call, for example ``56.0``."""


def load_project(project_path: Path) -> Project:
    """Read the settings of the project in a directory.

    Args:
        project_path: The directory with ``project.toml`` and ``main.py``.

    Returns:
        The settings; every key that is not ours is ignored.

    Raises:
        ProjectError: when the file is missing, unreadable or incomplete.
    """
    content = _read_toml(project_path.joinpath("project.toml").resolve())
    table = _salesforce_table(content)
    if "salesforce-api-version" not in table:
        raise ProjectError(
            "The project.toml file is missing the required"
            " 'com.salesforce.salesforce-api-version' key."
        )
    version = table["salesforce-api-version"]
    if not isinstance(version, str):
        raise ProjectError(
            "The 'com.salesforce.salesforce-api-version' key in project.toml must be a string."
        )
    _check_api_version(version)
    return Project(salesforce_api_version=version)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(read_text(path))
    except FileNotFoundError:
        if not path.parent.is_dir():
            raise ProjectError(f"There is no directory {path.parent}.") from None
        raise ProjectError(f"Didn't find a project.toml file at {path}.") from None
    except tomllib.TOMLDecodeError as error:
        raise ProjectError(f"The project.toml file isn't valid TOML: {error}") from error
    except Exception as error:
        raise ProjectError(
            f"Couldn't read project.toml: {type(error).__name__}: {error}"
        ) from error


def _salesforce_table(content: dict[str, Any]) -> dict[str, Any]:
    com = content.get("com")
    table = com.get("salesforce") if isinstance(com, dict) else None
    if not isinstance(table, dict):
        raise ProjectError(
            "The project.toml file is missing the required '[com.salesforce]' table."
        )
    return table


def _check_api_version(version: str) -> None:
    match = _API_VERSION.fullmatch(version)
    if match is None:
        raise ProjectError(
            f"'{version}' isn't a valid Salesforce REST API version. Update the"
            " 'salesforce-api-version' key in project.toml to a version that uses the form"
            " 'X.Y', such as '56.0'."
        )
    if int(match[1]) < _OLDEST_MAJOR:
        raise ProjectError(
            f"Salesforce REST API version '{version}' isn't supported. Update the"
            f" 'salesforce-api-version' key in project.toml to '{_OLDEST_MAJOR}.0' or later."
        )
