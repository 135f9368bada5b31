"""``python -m apex``: check force-app, and run its Apex tests, without an org."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from apex.checks import command as check
from apex.emulator import command as test

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line names."""
    parser = argparse.ArgumentParser(prog="python -m apex", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="check|test")
    for name, command in (("check", check), ("test", test)):
        told = command.__doc__
        each = commands.add_parser(
            name,
            help=(told or "").partition(": ")[2].partition("\n")[0],
            description=told,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.add_arguments(each)
        each.set_defaults(run=command.run)
    options = parser.parse_args(arguments)
    code: int = options.run(options)
    return code


if __name__ == "__main__":
    sys.exit(main())
