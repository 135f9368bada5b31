"""``python -m chaos faults``: every scenario, or those that were asked for."""

import argparse
from typing import Final

from chaos.faults.scenarios import SCENARIOS
from chaos.faults.show import show_scenarios

HELP: Final = "break one part after another under load"
DESCRIPTION: Final = (
    "Breaks one part after another of a running container, and looks what callers see of it. Each"
    " scenario starts everything, before a simulated org."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what a run can be told."""
    names = f"{', '.join(SCENARIOS)} (default: all of these)"
    parser.add_argument("scenario", nargs="*", type=_scenario, metavar="SCENARIO", help=names)


def run(arguments: argparse.Namespace) -> int:
    """Run each scenario that was asked for; 0 only if all held."""
    return show_scenarios({name: SCENARIOS[name] for name in arguments.scenario or SCENARIOS})


def _scenario(name: str) -> str:
    if name not in SCENARIOS:
        raise argparse.ArgumentTypeError(f"there is no {name!r}")
    return name
