"""Which project.toml is accepted, and what is said about the others."""

from pathlib import Path

import pytest

from salesforce_functions._internal.project import Project, ProjectError, load_project
from tests.support.runtime_project import write_project

NO_TABLE = "The project.toml file is missing the required '[com.salesforce]' table."
NO_KEY = (
    "The project.toml file is missing the required 'com.salesforce.salesforce-api-version' key."
)
NO_STRING = "The 'com.salesforce.salesforce-api-version' key in project.toml must be a string."


def refusal(path: Path) -> str:
    """Return why a project is refused."""
    with pytest.raises(ProjectError) as caught:
        load_project(path)
    return str(caught.value)


def versioned(version: str) -> str:
    """Return a project.toml that asks for an API version."""
    return f"[com.salesforce]\nsalesforce-api-version = {version}\n"


@pytest.mark.parametrize("version", ["53.0", "56.0", "100.0", "123.0", "56.10"])
def test_the_api_version_is_read(tmp_path: Path, version: str) -> None:
    """From 53.0 on, compared as a number."""
    write_project(tmp_path, toml=versioned(f'"{version}"'))

    assert load_project(tmp_path) == Project(salesforce_api_version=version)


def test_other_keys_are_ignored(tmp_path: Path) -> None:
    """The file has more readers than this one."""
    toml = '[_]\nschema-version = "0.2"\n[com.salesforce]\nid = "x"\ntype = "function"\n'
    write_project(tmp_path, toml=f'{toml}salesforce-api-version = "56.0"\n')

    assert load_project(tmp_path).salesforce_api_version == "56.0"


def test_a_missing_file_is_named_with_its_whole_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when the project was given by a relative path."""
    tmp_path.joinpath("empty").mkdir()
    monkeypatch.chdir(tmp_path)

    assert refusal(Path("empty")) == (
        f"Didn't find a project.toml file at {tmp_path}/empty/project.toml."
    )


def test_a_missing_project_is_told_apart_from_a_missing_file(tmp_path: Path) -> None:
    """Who mistypes a folder's name need not look for a file."""
    assert refusal(tmp_path / "nowhere") == f"There is no directory {tmp_path}/nowhere."


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_read_over(tmp_path: Path, encoding: str) -> None:
    """As editors and shells on Windows write it."""
    write_project(tmp_path, toml=versioned('"56.0"').encode(encoding))

    assert load_project(tmp_path).salesforce_api_version == "56.0"


@pytest.mark.parametrize(
    ("toml", "reason"),
    [
        pytest.param("", NO_TABLE, id="empty"),
        pytest.param("[com]", NO_TABLE, id="com-only"),
        pytest.param('com = "x"', NO_TABLE, id="com-is-text"),
        pytest.param('[com]\nsalesforce = "x"', NO_TABLE, id="salesforce-is-text"),
        pytest.param("[[com.salesforce]]", NO_TABLE, id="salesforce-is-array"),
        pytest.param("[com.salesforce]", NO_KEY, id="no-version"),
        pytest.param(versioned("56.0"), NO_STRING, id="version-is-number"),
        pytest.param(versioned("[]"), NO_STRING, id="version-is-array"),
    ],
)
def test_what_is_missing_is_named(tmp_path: Path, toml: str, reason: str) -> None:
    """Table, key and type, in this order."""
    assert refusal(write_project(tmp_path, toml=toml)) == reason


@pytest.mark.parametrize(
    "version",
    ["55", "", "v56.0", "56.0 ", "56.0.0", "\u0665\u0666.0", "56.\u0660", "56.", ".0", "-1.0"],
)
def test_a_version_of_another_form_is_refused(tmp_path: Path, version: str) -> None:
    """Two numbers in ASCII digits, nothing around them."""
    assert refusal(write_project(tmp_path, toml=versioned(f'"{version}"'))) == (
        f"'{version}' isn't a valid Salesforce REST API version. Update the"
        " 'salesforce-api-version' key in project.toml to a version that uses the form 'X.Y',"
        " such as '56.0'."
    )


@pytest.mark.parametrize("version", ["56.0\\n", "9" * 5000 + ".0"], ids=["newline", "huge"])
def test_a_version_that_fools_parsers_is_refused(tmp_path: Path, version: str) -> None:
    """A trailing newline, and more digits than Python converts."""
    reason = refusal(write_project(tmp_path, toml=versioned(f'"{version}"')))

    assert "isn't a valid Salesforce REST API version" in reason


@pytest.mark.parametrize("version", ["52.1", "9.0", "0.0"])
def test_an_old_version_is_refused(tmp_path: Path, version: str) -> None:
    """Before 53.0 there were no functions."""
    assert refusal(write_project(tmp_path, toml=versioned(f'"{version}"'))) == (
        f"Salesforce REST API version '{version}' isn't supported. Update the"
        " 'salesforce-api-version' key in project.toml to '53.0' or later."
    )


def test_a_file_that_is_not_toml_is_refused(tmp_path: Path) -> None:
    """The parser's reason is passed on."""
    reason = refusal(write_project(tmp_path, toml="[com"))

    assert reason.startswith("The project.toml file isn't valid TOML: Expected")


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    """With the class of what went wrong."""
    reason = refusal(write_project(tmp_path, toml=b"\xff"))

    assert reason.startswith("Couldn't read project.toml: UnicodeDecodeError: ")


def test_a_directory_is_no_project_toml(tmp_path: Path) -> None:
    """Whatever keeps the file from being read is told."""
    tmp_path.joinpath("project.toml").mkdir()

    assert refusal(tmp_path).startswith("Couldn't read project.toml: IsADirectoryError: ")
