"""``python -m orgsim``: serve a simulated org until a signal ends it."""

import argparse
import logging
import signal
import sys
import threading
from pathlib import Path

from orgsim.http.server import running
from orgsim.org import SimulatedOrg
from orgsim.seed import SeedError, load_seed

_DEFAULT_PORT = 8765


def main() -> int:
    """Run the command line; return the exit code."""
    arguments = _parser().parse_args()
    logging.getLogger("waitress").setLevel(logging.CRITICAL)  # its warnings are our faults
    try:
        org = load_seed(arguments.seed.read_bytes()) if arguments.seed else SimulatedOrg.built_in()
    except SeedError as error:
        return _fail([f"{arguments.seed}: {problem}" for problem in error.problems])
    except OSError as error:
        return _fail([f"{arguments.seed}: {error.strerror}"])
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        with running(org, host=arguments.host, port=arguments.port) as url:
            sys.stdout.write(f"orgsim: listening on {url}\n")
            sys.stdout.flush()
            stop.wait()
    except OSError as error:
        return _fail([f"cannot listen on {arguments.host}:{arguments.port}: {error}"])
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m orgsim",
        description="Serve a simulated Salesforce org. For development only: whoever reaches "
        "it may do anything to it.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address (default: %(default)s)")
    parser.add_argument(
        "--port", type=_port, default=_DEFAULT_PORT, help="0: any free port (default: %(default)s)"
    )
    parser.add_argument(
        "--seed", type=Path, metavar="FILE", help="JSON file that describes the org"
    )
    return parser


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65_535:
        raise ValueError
    return port


def _fail(problems: list[str]) -> int:
    for problem in problems:
        sys.stderr.write(f"orgsim: {problem}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main())
