"""``python -m chaos soak``: half an hour of everything mixed, or as long as it is told."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from chaos.faults.report import Report, Tell
from chaos.faults.show import show_scenarios
from chaos.faults.stage import ready
from chaos.soak.run import soak

HELP: Final = "mixed load and trouble for a long time"
DESCRIPTION: Final = "Mixes load and trouble for a long time, and looks for what nothing explains."
SOAK_S: Final = 1800.0
LONGEST_S: Final = 4000.0
"""The simulated org forgets records beyond 10,000."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what a soak can be told."""
    parser.add_argument(
        "--seconds", type=_seconds, default=SOAK_S, help="how long (default: %(default).0f)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Soak; 0 only if all held."""

    def scenario(folder: Path, tell: Tell) -> Iterator[Report]:
        with ready(folder / "soak", WEB_CONCURRENCY="2") as stage:
            yield soak(stage, tell, seconds=arguments.seconds)

    return show_scenarios({"soak": scenario})


def _seconds(text: str) -> float:
    value = float(text)
    if not 1 <= value <= LONGEST_S:
        raise argparse.ArgumentTypeError(f"must be from 1 to {LONGEST_S:.0f}, not {text}")
    return value
