from pathlib import Path

import pytest

from tools.failed_tests_again import MOST, failed_tests, run_again

COUNTS = """
from pathlib import Path

def test_holds_at_the_second_try():
    runs = Path(__file__).with_name("runs")
    runs.write_text(runs.read_text() + "x" if runs.exists() else "x")
    assert len(runs.read_text()) == 2

def test_fails():
    assert False
"""


def project(folder: Path) -> Path:
    """Make a project with tests of its own."""
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "test_some.py").write_text(COUNTS)
    return folder


def run_tests(project: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the tests of that name, in a process of their own."""
    for variable in ("PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER", "PYTEST_CURRENT_TEST"):
        monkeypatch.delenv(variable, raising=False)
    run_again([f"test_some.py::{name}"], project)


@pytest.mark.slow
def test_what_holds_alone_is_named_as_unstable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """It does not stop a run of CI, and it is not passed over in silence."""
    run_tests(project(tmp_path), "test_holds_at_the_second_try", monkeypatch)
    failed = failed_tests(tmp_path)

    assert failed == ["test_some.py::test_holds_at_the_second_try"]
    assert run_again(failed, tmp_path) == 0
    assert f"UNSTABLE: {failed[0]} failed beside other tests" in capfd.readouterr().out


@pytest.mark.slow
def test_what_fails_alone_too_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A fault of the product is not excused."""
    run_tests(project(tmp_path), "test_fails", monkeypatch)

    assert run_again(failed_tests(tmp_path), tmp_path) == 1
    assert "UNSTABLE" not in capfd.readouterr().out


@pytest.mark.parametrize("failed", [0, MOST + 1])
def test_nothing_and_too_much_is_not_run_again(tmp_path: Path, failed: int) -> None:
    """Without a failure pytest itself broke; many failures have a cause that is worth a look."""
    assert run_again([f"test_some.py::test_{n}" for n in range(failed)], tmp_path) == 1
    assert not any(tmp_path.iterdir())


def test_a_run_without_failures_left_none(tmp_path: Path) -> None:
    """Nor did one that never was."""
    assert failed_tests(tmp_path) == []
