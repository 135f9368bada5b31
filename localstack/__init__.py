"""Starts, waits for and stops the programs on one machine, for demo, bench, chaos and tests.

It knows the simulated org's code alone: every other program is a process to it.
"""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
"""The project's folder, where programs are started."""
