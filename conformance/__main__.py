"""``python -m conformance``: test a server of a function against the contract.

Exit code 0: it keeps it. 1: it does not, a line per fault. 2: wrong arguments.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from conformance import program, report
from conformance.checks import CHECKS
from conformance.server import Server

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def main(arguments: Sequence[str], env: Mapping[str, str]) -> int:
    """Run the command line; return the exit code."""
    parser = _parser(env)
    chosen = parser.parse_args(arguments)
    names = {next(iter(CHECKS)), *(chosen.only or CHECKS)}
    checks = {name: check for name, check in CHECKS.items() if name in names}
    limits = {"start_s": chosen.start_s, "slow_s": chosen.slow_s}
    if chosen.url:
        url = urlsplit(chosen.url)
        if url.scheme != "http" or not url.hostname or url.path not in {"", "/"}:
            parser.error(f"--url must look like http://127.0.0.1:8080, not {chosen.url!r}")
        server = Server(host=url.hostname, port=url.port or 80, **limits)
        return 0 if report.run(server, checks, sys.stdout) else 1
    if not chosen.command:
        parser.error("say how to start the server, by FUNCTION_COMMAND or --command, or its --url")
    if not chosen.folder.is_dir():
        parser.error(f"there is no folder {chosen.folder}")
    port = program.free_port()
    with program.running(chosen.command, chosen.folder, port) as started:
        server = Server(host=program.HOST, port=port, program=started, **limits)
        return 0 if report.run(server, checks, sys.stdout) else 1


def _parser(env: Mapping[str, str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m conformance",
        description="Test a server of a function, in any language, against the contract with the "
        "proxy. It must serve the function that conformance/README.md describes.",
    )
    parser.add_argument(
        "--command",
        default=env.get("FUNCTION_COMMAND", ""),
        help="what starts it, a line of bash; it finds its port in PORT (FUNCTION_COMMAND)",
    )
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path(env.get("FUNCTION") or "."),
        help="where it is started (FUNCTION, or this folder)",
    )
    parser.add_argument("--url", help="test one that runs already, such as http://127.0.0.1:8080")
    parser.add_argument(
        "--only", action="append", choices=CHECKS, help="make this check alone; may be repeated"
    )
    parser.add_argument(
        "--start-s", type=float, default=60, help="how long it may take to start (%(default)s)"
    )
    parser.add_argument(
        "--slow-s", type=float, default=5, help="how long the slow call takes (%(default)s)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
