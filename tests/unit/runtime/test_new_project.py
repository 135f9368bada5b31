"""Where a new project can be made, and what it is called."""

from pathlib import Path

import pytest

from salesforce_functions._internal.new_project import FILES, NewProjectError, create_project
from salesforce_functions._internal.project import load_project


@pytest.mark.parametrize(
    ("name", "function_id"),
    [
        ("greeter", "greeter"),
        ("Ünder_Score.2", "nder-score-2"),
        ('say "so"\\', "say-so"),
        ("日本", "my-function"),
    ],
)
def test_it_is_named_after_its_folder(tmp_path: Path, name: str, function_id: str) -> None:
    """As an id of lower-case letters, digits and dashes; project.toml stays a good one."""
    path = tmp_path / "parents" / name
    create_project(path)

    assert f'\nid = "{function_id}"\n' in path.joinpath("project.toml").read_text()
    assert load_project(path).salesforce_api_version == "65.0"


def test_the_current_folder_will_do_if_it_is_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has a name, too."""
    monkeypatch.chdir(tmp_path)
    create_project(Path())

    assert all(tmp_path.joinpath(name).is_file() for name in FILES)
    assert '"my-function"' not in tmp_path.joinpath("project.toml").read_text()


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        (".", "{tmp} is not empty. Choose a new directory."),
        ("file", "{tmp}/file is a file. Choose another directory."),
        ("file/below", "{tmp}/file/below cannot be written: "),
    ],
)
def test_nothing_is_overwritten(tmp_path: Path, path: str, reason: str) -> None:
    """What is there stays as it is."""
    tmp_path.joinpath("file").write_text("content")

    with pytest.raises(NewProjectError) as caught:
        create_project(tmp_path / path)

    assert str(caught.value).startswith(reason.format(tmp=tmp_path))
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("file", "content")]
