"""Apex tests pass in any org: one without records, assignments and metadata records of ours."""

import shutil
import subprocess
import sys
from pathlib import Path

from tests.apex.checked_copy import REPOSITORY, require_programs

OF_AN_ORG = ("customMetadata", "permissionsets", "remoteSiteSettings", "cachePartitions")


def test_no_apex_test_needs_what_an_org_was_given(tmp_path: Path) -> None:
    """Without function references, permission sets, remote sites and cache, all of them pass."""
    require_programs()
    project = shutil.copytree(
        REPOSITORY / "force-app", tmp_path / "force-app", ignore=shutil.ignore_patterns(*OF_AN_ORG)
    )

    run = subprocess.run(
        [sys.executable, "-m", "apex", "test", "--folder", str(project)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )

    assert run.returncode == 0, run.stdout
    assert "Pass Rate            100%" in run.stdout
