"""``python -m apex test``: run the Apex tests of force-app in the emulator."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from apex.emulator.coverage_report import coverage_of, result_text
from apex.emulator.runner import Project
from apex.tools.installed import PARSER, ROOT

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what can be chosen."""
    parser.add_argument(
        "names", nargs="*", help="only tests whose Class.method contains one of these"
    )
    parser.add_argument(
        "--folder", type=Path, action="append", help="instead of force-app; may be repeated"
    )
    parser.add_argument(
        "--coverage-at-least",
        type=int,
        default=0,
        metavar="N",
        help="percent that each class must reach",
    )
    parser.add_argument(
        "--fresh-statics",
        action="store_true",
        help="jobs at stopTest begin with fresh static fields",
    )


def run(options: argparse.Namespace) -> int:
    """Run the tests; return 0 when all pass and enough is covered, else 1; 2 without the parser."""
    if not PARSER.exists():
        print("the Apex parser is missing: npm ci --prefix apex/tools", file=sys.stderr)  # noqa: T201
        return 2
    project = Project(options.folder or [ROOT / "force-app"], fresh_statics=options.fresh_statics)
    wanted = [name.lower() for name in options.names]
    chosen = [
        t for t in project.tests() if not wanted or any(name in t.name.lower() for name in wanted)
    ]
    results = [project.run(test) for test in chosen]
    coverage = coverage_of(project.program, results) if not wanted else None
    print(result_text(results, coverage))  # noqa: T201
    low = [
        each for each in coverage or [] if each.lines and each.percent < options.coverage_at_least
    ]
    for each in low:
        print(f"{each.path}: only {each.percent}% of {each.lines} lines are covered")  # noqa: T201
    return 1 if low or not results or any(result.failure for result in results) else 0
