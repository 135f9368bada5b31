"""Which changes load a function anew."""

from pathlib import Path

import pytest

from demo.watch import MADE_BY_BUILDS, Files


@pytest.mark.parametrize(
    "name",
    [
        *("main.py", "lib/deep/x.py", "project.toml", "requirements.txt", "index.mjs"),
        *("src/index.ts", "package-lock.json", "src/main/java/F.java", "pom.xml", "go.mod"),
        *("build", "start"),
    ],
)
def test_a_source_file_counts(tmp_path: Path, name: str) -> None:
    """Made, changed or removed, once each."""
    files = Files(tmp_path)
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)

    path.write_text("1")
    assert files.changed() == [name]
    assert files.changed() == []
    path.write_text("22")
    assert files.changed() == [name]
    path.unlink()
    assert files.changed() == [name]


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("log.txt", id="what the function writes"),
        pytest.param("data.json", id="what it writes, too"),
        pytest.param("__pycache__/main.py", id="cache"),
        pytest.param(".venv/lib/x.py", id="virtual environment"),
        pytest.param("node_modules/x/index.js", id="packages"),
    ],
)
def test_what_a_function_or_a_tool_writes_does_not_count(tmp_path: Path, name: str) -> None:
    """Else a function would be restarted by its own call."""
    files = Files(tmp_path)
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("1")

    assert files.changed() == []


@pytest.mark.parametrize("folder", ["dist", "target"])
def test_what_a_build_makes_counts_only_for_who_does_not_build(tmp_path: Path, folder: str) -> None:
    """Else what is built anew would be built for ever."""
    all_files, sources = Files(tmp_path), Files(tmp_path, without=MADE_BY_BUILDS)
    (tmp_path / folder).mkdir()
    (tmp_path / folder / "index.js").touch()

    assert all_files.changed() == [f"{folder}/index.js"]
    assert sources.changed() == []


def test_a_folder_that_is_gone_is_borne(tmp_path: Path) -> None:
    """As while a branch is being switched."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "main.py").touch()
    files = Files(folder)
    (folder / "main.py").unlink()
    folder.rmdir()

    assert files.changed() == ["main.py"]
