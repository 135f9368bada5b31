import importlib
import subprocess
import sys

import pytest

from invocation.lean_import import without
from localstack import ROOT


def test_what_is_left_out_seems_not_to_be_installed() -> None:
    """As far as the block goes; afterwards it is imported as ever."""
    with without("colorsys"), pytest.raises(ImportError):
        importlib.import_module("colorsys")

    assert importlib.import_module("colorsys").ONE_THIRD


def test_what_was_imported_before_stays() -> None:
    """Whoever has it goes on with it."""
    before = sys.modules["json"]
    with without("json"), pytest.raises(ImportError):
        importlib.import_module("json")

    assert sys.modules["json"] is before


@pytest.mark.slow
@pytest.mark.parametrize("program", ["proxy.__main__", "relay.__main__", "supervision.watchdog"])
def test_no_program_loads_what_draws_on_terminals(program: str) -> None:
    """What starts in the container starts fast, also where rich is installed."""
    look = f"import {program}, sys; print(*({{'rich', 'pygments'}} & sys.modules.keys()))"
    done = subprocess.run(
        [sys.executable, "-c", look],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert done.stdout == "\n"
