"""What people wrote for Salesforce Functions, as it is after docs/apex-migration.md."""

import subprocess
import sys
from pathlib import Path

import pytest

from apex.checks.compilation import check_compilation
from apex.checks.project import Project
from apex.checks.typecheck import check_types
from tests.apex.checked_copy import META, REPOSITORY, Copy, require_programs

MIGRATED = Path(__file__).parent / "migrated"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """Our classes and the callers, in one project."""
    require_programs()
    copy = Copy.into(tmp_path_factory.mktemp("migrated"))
    for source in MIGRATED.glob("*.cls"):
        copy.write_class(source.stem, source.read_text())
    copy.write("triggers/ScanTrigger.trigger", (MIGRATED / "ScanTrigger.trigger").read_text())
    copy.write("triggers/ScanTrigger.trigger-meta.xml", META.format(root="ApexTrigger"))
    return copy


def test_they_compile(copy: Copy) -> None:
    """With each of the two judges of types."""
    project = Project(copy.root)

    assert list(check_types(project)) == []
    assert list(check_compilation(project)) == []


def test_their_tests_pass(copy: Copy) -> None:
    """Those that they had, with one word changed where a function is mocked."""
    command = [sys.executable, "-m", "apex", "test", "--folder", str(copy.root / "force-app")]
    done = subprocess.run(
        [*command, "MigratedCallersTest"],
        cwd=REPOSITORY, capture_output=True, text=True, timeout=250, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout
    assert "Tests Ran            11" in done.stdout
