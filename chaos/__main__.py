"""``python -m chaos kills|faults|soak``: break things. Exit code 0 only if all held."""

import argparse
import signal
import sys
from types import FrameType

from chaos.faults import command as faults
from chaos.kills import command as kills
from chaos.soak import command as soak

COMMANDS = {"kills": kills, "faults": faults, "soak": soak}


def main() -> int:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(
        prog="python -m chaos",
        description="Breaks what runs, and looks whether every promise is kept all the same.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, module in COMMANDS.items():
        command = commands.add_parser(name, help=module.HELP, description=module.DESCRIPTION)
        command.set_defaults(run=module.run)
        module.add_arguments(command)
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, _interrupt)
    exit_code: int = arguments.run(arguments)
    return exit_code


def _interrupt(_signum: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
