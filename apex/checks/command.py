"""``python -m apex check``: hold force-app against everything that can be checked without an org.

Steps: types (apex-ls), compile (Salesforce's own compiler), consistency (metadata, queries, pages,
permissions), lint (PMD), formatting, tests (the Apex tests, run by the emulator). Without step
names all of them run.
Exit code: 0 all is well, 1 something was found, 2 something is not installed.
"""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.console import Console

from apex.checks.compilation import check_compilation
from apex.checks.consistency import check_consistency
from apex.checks.formatting import check_formatting
from apex.checks.lint import check_lint
from apex.checks.project import Project
from apex.checks.typecheck import check_types
from apex.tools.installed import ROOT, TIMEOUT_S, NotInstalledError, ToolFailedError, require

if TYPE_CHECKING:
    import argparse

FOUND: Final = 1
NOT_INSTALLED: Final = 2
LEAST_COVERAGE: Final = "95"
"""Percent of each class of the framework that its tests must run."""
STEPS: Final = {
    "types": check_types,
    "compile": check_compilation,
    "consistency": check_consistency,
    "lint": check_lint,
    "formatting": check_formatting,
}
TESTS: Final = "tests"


AT_ONCE: Final = 2
"""Steps that run side by side; Java and Python wait for nothing but the processor."""


@dataclass(frozen=True, slots=True)
class Report:
    """What became of one step."""

    name: str
    seconds: float
    code: int
    text: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what can be chosen."""
    steps = [*STEPS, TESTS]
    parser.add_argument("steps", nargs="*", choices=[*steps, []], metavar="step")
    parser.add_argument("--project", type=Path, default=ROOT, help="the folder to check")


def run(chosen: argparse.Namespace) -> int:
    """Run the chosen steps, each to its end, and print what they found."""
    console = Console(highlight=False, soft_wrap=True)
    try:
        require()
        names = chosen.steps or (*STEPS, TESTS)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            running = [pool.submit(_step, name, chosen.project) for name in names]
            codes = [_show(console, each.result()) for each in running]
    except NotInstalledError as error:
        sys.stderr.write(f"{error}\n")
        return NOT_INSTALLED
    except (ToolFailedError, OSError, ValueError, KeyError) as error:
        sys.stderr.write(f"force-app could not be checked: {error}\n")
        return FOUND
    return FOUND if any(codes) else 0


def _step(name: str, root: Path) -> Report:
    started_s = time.monotonic()
    # A step reads for itself what another has read, too: none waits for another.
    code, text = _tests(root) if name == TESTS else _check(name, root)
    return Report(name, time.monotonic() - started_s, code, text)


def _check(name: str, root: Path) -> tuple[int, str]:
    found = sorted(set(STEPS[name](Project(root))))
    return FOUND if found else 0, "\n".join(finding.told(root) for finding in found)


def _tests(root: Path) -> tuple[int, str]:
    folders = [part for folder in Project(root).folders for part in ("--folder", str(folder))]
    least = ("--coverage-at-least", LEAST_COVERAGE)
    command = [sys.executable, "-m", "apex", "test", *least, *folders]
    done = subprocess.run(  # noqa: S603 - our own
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=TIMEOUT_S
    )
    return done.returncode, (done.stdout + done.stderr).strip()


def _show(console: Console, report: Report) -> int:
    if report.text:
        console.print(report.text, markup=False)
    verdict = "[red]failed[/]" if report.code else "[green]ok[/]"
    console.print(f"{report.name:12} {report.seconds:5.1f} s  {verdict}")
    return report.code
