"""``python -m demo run|check``: start everything, tell the story of two calls, serve or stop."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from demo.stack import NotReadyError, running_stack
from demo.story import tell

if TYPE_CHECKING:
    from types import FrameType

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Run the demo; 0 when every step held."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("what", choices=["run", "check"], help="keep serving, or stop at the end")
    keep_serving = parser.parse_args().what == "run"
    console = Console(highlight=False)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with running_stack(ROOT, console) as stack:
            held = tell(stack, console)
            if keep_serving and held:
                console.print("[bold]Serving.[/] The log follows; Ctrl-C stops everything.\n")
                stack.follow_log()
    except KeyboardInterrupt:
        console.print("\nStopped: no process is left.")
        return 0
    except NotReadyError as error:
        console.print(f"[bold red]{error}[/]")
        return 1
    return 0 if held else 1


def _interrupt(_signum: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
