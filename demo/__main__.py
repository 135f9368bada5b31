"""``python -m demo run|check``: start everything, tell the story of four calls, serve or stop."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from pathlib import Path

from rich.console import Console

from demo.choices import ChoiceError, load_choices
from demo.interrupts import Interrupts
from demo.not_servable import MissingError, NotServableError
from demo.ports import PortTakenError
from demo.serving import serve
from demo.start import running_stack
from demo.story import tell
from localstack.waiting import NotReadyError

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Run the demo.

    Returns:
        0 when every step was as it should be, or a person ended it; 2 when something has to be
        chosen otherwise, such as a port, or installed; else 1.
    """
    console = Console(highlight=False, soft_wrap=True)
    interrupts = Interrupts()
    interrupts.listen()
    try:
        choices = load_choices(sys.argv[1:], os.environ, here=Path.cwd())
        with running_stack(ROOT, choices, interrupts, console) as stack:
            held = tell(stack, choices, console)
            if choices.keep_serving:
                serve(stack, console)
    except KeyboardInterrupt:
        with contextlib.suppress(OSError):  # a closed terminal
            console.print("\nStopped: no process is left.")
        return 0
    except (ChoiceError, PortTakenError) as error:
        return _failed(2, str(error))
    except MissingError as error:
        return _failed(2, *error.sentences)
    except (NotServableError, NotReadyError) as error:
        return _failed(1, str(error))
    except OSError as error:
        if error.errno not in (errno.EPIPE, errno.EIO):
            raise
        return 0  # nobody reads on, as in `make run | head`
    return 0 if held else 1


def _failed(code: int, *problems: str) -> int:
    with contextlib.suppress(OSError):
        sys.stdout.flush()
        sys.stderr.writelines(f"make run: {problem}\n" for problem in problems)
    return code


if __name__ == "__main__":
    sys.exit(main())
