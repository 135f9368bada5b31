"""Rules for every test run."""

import os
import signal
from collections.abc import Generator
from pathlib import Path
from typing import Final

import pytest
from hypothesis import settings

ROOT: Final = Path(__file__).parent.parent
SLOWEST_FIRST: Final = (
    "tests/image",
    "tests/system/relay/test_crashes.py",
    "tests/system/demo",
    "tests/system/test_demo.py",
    "tests/system/setup",
    "tests/system/runtime/test_function_start.py",
    "tests/system/relay",
    "tests/system/supervision",
    "tests/apex",
    "tests/system",
    "tests",
)
"""Begun last, a file that waits for minutes would keep one worker busy and the others idle."""

# How long an example takes tells how busy the machine is, and no property is about that.
settings.register_profile("any machine", deadline=None)
# `make unit` asks for this one by --hypothesis-profile, see tests/unit/examples.py.
settings.register_profile("few examples", deadline=None, max_examples=20)
settings.load_profile("any machine")


def pytest_configure() -> None:
    """Give programs that tests start the same surroundings, whoever started the tests.

    A shell without job control starts a run in the background with SIGINT ignored, nohup one with
    SIGHUP, and every program would inherit that: a signal that the test sends is lost.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    # Of the make that runs us: one that a test starts would say which folder it enters.
    for name in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL"):
        os.environ.pop(name, None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest; they stay whole, for their fixtures."""

    def rank(item: pytest.Item) -> int:
        return min(
            (n for n, slow in enumerate(SLOWEST_FIRST) if item.path.is_relative_to(ROOT / slow)),
            default=len(SLOWEST_FIRST),
        )

    items.sort(key=rank)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,  # noqa: ARG001 - pytest names the parameters
    call: pytest.CallInfo[None],  # noqa: ARG001
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI nothing may be missing: a test that would be skipped there fails."""
    report = yield
    if os.environ.get("CI") == "true" and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {report.longrepr}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell what tests measured, by ``record_property("measured", text)``, in whatever process."""
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for name, text in report.user_properties:
                if name == "measured":
                    terminalreporter.write_line(f"measured: {text}")
