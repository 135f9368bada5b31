"""The project as a Cloud Native Buildpack sees it: without what project.toml excludes."""

import shutil
import subprocess
from pathlib import Path

from localstack import ROOT
from tests.image.deploy_files import read_toml


def new_workspace(folder: Path) -> Path:
    """Copy the project's files, except for the excluded ones, into ``folder``; return the copy.

    The patterns are those of a .gitignore, so git says what they mean.
    """
    patterns = folder / "exclude"
    patterns.write_text("\n".join(read_toml("project.toml")["io"]["buildpacks"]["exclude"]))
    ours = _files("--exclude-standard", "--cached", "--others")
    excluded = _files("--cached", "--ignored", f"--exclude-from={patterns}")
    excluded |= _files("--others", "--ignored", f"--exclude-from={patterns}")
    workspace = folder / "workspace"
    for name in sorted(ours - excluded):
        if (ROOT / name).is_file():  # else it was removed and is still in git's index
            (workspace / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, workspace / name)
    return workspace


def _files(*options: str) -> set[str]:
    command = ["git", "ls-files", "-z", *options]
    listed = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    return set(listed.stdout.split("\0")) - {""}
