"""Whether a stop cuts off what runs."""

from __future__ import annotations

import signal
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from conformance.fault import Fault, Skipped

if TYPE_CHECKING:
    from conformance.server import Server

CALL_S: Final = 2.0
END_S: Final = 5.0
"""How long the container waits for its end, once nobody calls any more."""
_BEGUN_S: Final = 0.5


def finishes_calls(server: Server) -> str:
    """Answer the calls that run when SIGTERM comes to every process, and end."""
    if server.program is None:
        raise Skipped("it was not started here")
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(server.result, "sleep", seconds=CALL_S, value="slept")
        time.sleep(_BEGUN_S)  # nothing tells when it has begun
        server.program.signal_all(signal.SIGTERM)
        try:
            call.result()
        except Fault as fault:
            raise Fault(
                f"SIGTERM cuts off the call that runs ({fault})",
                "at SIGTERM take no new connections, answer what runs, then exit; where a runtime "
                "can't (Java): trap '' TERM; exec java ...",
            ) from fault
    code = server.program.wait(END_S)
    if code is None:
        return f"it goes on, and is killed after {END_S:g} s"
    return f"exit code {code}"
