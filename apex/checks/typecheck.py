"""Types, by apex-ls: names, signatures and types of all Apex, as the org's compiler sees them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from apex.checks.finding import Finding
from apex.tools.installed import ToolFailedError, run_java

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apex.checks.project import Project

_MAIN: Final = "io.github.apexdevtools.apexls.CheckForIssues"


def check_types(project: Project) -> Iterator[Finding]:
    """Report whatever apex-ls says.

    Warnings too, and although it exits with 0 for them: it calls an assignment to a final field
    a warning, which the org refuses.
    """
    folder = project.root.resolve()
    done = run_java(_MAIN, "-n", "-d", "warnings", "-f", "json", "-w", folder)
    if not done.stdout.strip() and done.returncode == 0:
        return
    try:
        files = json.loads(done.stdout)["files"]
    except (ValueError, KeyError) as error:
        said = (done.stdout + done.stderr)[:1000]
        raise ToolFailedError(f"apex-ls exited with {done.returncode}: {said}") from error
    for file in files:
        for message in file["messages"]:
            line = int(message["start"]["line"])
            # Told from the project's folder, as every other check does it.
            path = project.root / Path(file["path"]).relative_to(folder)
            yield Finding(path, line, str(message["message"]))
