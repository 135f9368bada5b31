"""One line per check."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TextIO

from conformance.fault import Fault, Skipped

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.server import Server


def run(server: Server, checks: Mapping[str, Callable[[Server], str]], out: TextIO) -> bool:
    """Run the checks one after the other, and say what each has found.

    Without a server that listens (the first one) there is nothing else to check.

    Returns:
        Whether the server keeps the contract.
    """
    faults = 0
    for name, check in checks.items():
        began = time.monotonic()
        try:
            word, text = "ok", check(server)
        except Skipped as skipped:
            word, text = "-", f"skipped: {skipped}"
        except Fault as fault:
            word, text = "FAULT", str(fault)
            faults += 1
        took_s = time.monotonic() - began
        out.write(f"{word:<6}{name:<12}{took_s:6.1f} s  {text}".rstrip() + "\n")
        out.flush()
        if faults and name == next(iter(checks)):
            break
    out.write(f"{len(checks)} checks, {faults or 'no'} fault{'' if faults == 1 else 's'}\n")
    return not faults
