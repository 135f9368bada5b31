"""What goes on after the story: the log is shown, and a changed function is started anew."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from demo.not_servable import NotServableError
from demo.watch import MADE_BY_BUILDS, Files
from localstack.waiting import NotReadyError

if TYPE_CHECKING:
    from rich.console import Console

    from demo.stack import Stack

LOOK_S: Final = 0.5


def serve(stack: Stack, console: Console) -> None:
    """Show what the container prints until it ends, and reload the function when it changes.

    Raises:
        NotReadyError: the container has ended.
    """
    choices = stack.choices
    files = Files(choices.folder, without=MADE_BY_BUILDS if choices.is_built else ())
    anew = "built and loaded anew" if choices.is_built else "loaded anew"
    console.print("[bold]Serving.[/] The log follows; Ctrl-C stops everything.")
    console.print(f"Change a file in {choices.folder}: the function is {anew}.\n", markup=False)
    stack.follower.follow()
    while stack.container.runs():
        time.sleep(LOOK_S)
        if changed := files.changed():
            _reload(stack, console, changed, files)
    raise NotReadyError(f"the container has ended; its log is {stack.container.log_path}")


def _reload(stack: Stack, console: Console, changed: list[str], files: Files) -> None:
    while more := _settled(files):  # an editor that writes several files
        changed = sorted({*changed, *more})
    console.print(f"\n[bold]Changed:[/] {', '.join(changed[:5])}")
    started = time.monotonic()
    try:
        stack.project.prepare(lambda text: console.print(text, markup=False))
    except NotServableError as error:
        console.print(str(error), markup=False, style="red")
        console.print("[bold]Not loaded:[/] the function as it was before goes on serving.\n")
        return
    try:
        stack.restart_function()
    except NotReadyError as error:
        console.print(f"[bold red]Not loaded:[/] {error}\n")
        return
    console.print(f"[bold]Loaded anew[/] in {time.monotonic() - started:.1f} s.\n")


def _settled(files: Files) -> list[str]:
    time.sleep(LOOK_S / 5)
    return files.changed()
