"""Likely mistakes, by PMD with the rules of ``rules.xml``."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from apex.checks.finding import Finding
from apex.tools.installed import ToolFailedError, run_java

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apex.checks.project import Project

_MAIN: Final = "com.salesforce.sfca.pmdwrapper.PmdWrapper"
"""How Salesforce's own Code Analyzer starts PMD; it reads and writes files."""
RULES: Final = Path(__file__).parent / "rules.xml"
_LANGUAGES: Final = {"apex": (".cls", ".trigger"), "visualforce": (".page",)}


def check_lint(project: Project) -> Iterator[Finding]:
    """Report every violation of ``rules.xml``."""
    scanned = {
        language: {"filesToScan": [str(path.resolve()) for path in project.with_suffix(*suffixes)]}
        for language, suffixes in _LANGUAGES.items()
    }
    present = {language: told for language, told in scanned.items() if told["filesToScan"]}
    told = _run({"ruleSetInputFile": str(RULES), "runDataPerLanguage": present})
    for failed in told["processingErrors"]:
        yield Finding(Path(failed["file"]), 0, f"PMD could not read it: {failed['message']}")
    for violation in told["violations"]:
        at = violation["codeLocation"]
        text = f"{violation['message']} ({violation['rule']})"
        path = Path(at["file"]).relative_to(project.root.resolve())
        yield Finding(project.root / path, int(at["startLine"]), text)


def _run(request: dict[str, Any]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        asked, answered = Path(folder, "asked.json"), Path(folder, "answered.json")
        asked.write_text(json.dumps(request), "utf-8")
        done = run_java(_MAIN, "run", asked, answered)
        try:
            told: dict[str, Any] = json.loads(answered.read_text("utf-8"))
        except (OSError, ValueError) as error:
            said = (done.stdout + done.stderr)[-1000:]
            raise ToolFailedError(f"PMD exited with {done.returncode}: {said}") from error
    return told
