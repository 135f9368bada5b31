"""Runs a program that ends by itself, and ends what it leaves behind."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from localstack.programs import Program
from localstack.waiting import passed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from demo.interrupts import Interrupts


def run_to_end(
    command: list[str],
    env: Mapping[str, str],
    *,
    limit_s: float,
    interrupts: Interrupts,
    cwd: Path | None = None,
) -> tuple[int | None, str]:
    """Run a program and end what it leaves behind.

    Args:
        command: its command line.
        env: its whole environment.
        limit_s: how long it may take.
        interrupts: may end it.
        cwd: where it runs; None: where we do.

    Returns:
        Its exit code, None when it did not end in time, and what it printed.
    """
    with tempfile.TemporaryDirectory() as folder, ExitStack() as cleanup:
        log_path = Path(folder) / "output"
        name = Path(command[0]).name
        where = cwd or Path.cwd()
        program = Program(name=name, command=command, env=env, log_path=log_path, cwd=where)
        with interrupts.held():
            program.start()
            cleanup.callback(program.stop, hurry=lambda: True)
        process = program.running()
        passed(lambda: process.poll() is not None, limit_s)
        code = process.poll()
        program.stop(hurry=lambda: True)
        return code, program.log()
