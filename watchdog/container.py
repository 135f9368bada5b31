"""``python -m watchdog.container``: supervisord, with an exit code that says why it ended.

supervisord itself ends with 0 also when nothing could run; a platform that looks at exit codes
would not start the container anew.
"""

from __future__ import annotations

import functools
import os
import sys
from pathlib import Path

from supervisor import supervisord

from proxy.readiness import STORE_READY
from watchdog.held_port import HeldPort, PortTaken, require_free
from watchdog.options import ContainerOptions
from watchdog.watch import FAILED

COULD_NOT_SERVE = 1
BAD_SETTINGS = 2


def main() -> int:
    """Run everything until told to stop."""
    run_dir = Path(os.environ["RUN_DIR"])
    try:
        held = HeldPort(int(os.environ["PORT"]))
        require_free(int(os.environ["FUNCTION_PORT"]), "FUNCTION_PORT")
    except PortTaken as error:
        sys.stderr.write(f"start: {error}\n")
        return BAD_SETTINGS
    for left_by_the_last_one in (FAILED, STORE_READY):
        (run_dir / left_by_the_last_one).unlink(missing_ok=True)
    # The name by which its `main` makes its options.
    supervisord.ServerOptions = functools.partial(ContainerOptions, held)
    supervisord.main(sys.argv[1:])
    return COULD_NOT_SERVE if (run_dir / FAILED).exists() else 0


if __name__ == "__main__":
    sys.exit(main())
