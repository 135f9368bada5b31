"""Rules for every test run."""

import os
import signal
from collections.abc import Generator

import pytest
from hypothesis import settings

# How long an example takes tells how busy the machine is, and no property is about that.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")


def pytest_configure() -> None:
    """Give programs that tests start the same surroundings, whoever started the tests.

    A shell without job control starts a run in the background with SIGINT ignored, and every
    program would inherit that: a Ctrl-C that the test sends is lost.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # Of the make that runs us: one that a test starts would say which folder it enters.
    for name in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL"):
        os.environ.pop(name, None)


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
