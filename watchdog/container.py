"""``python -m watchdog.container``: supervisord, with an exit code that says why it ended.

supervisord itself ends with 0 also when nothing could run; a platform that looks at exit codes
would not start the container anew.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from supervisor import supervisord

from watchdog.dual_stack import DualStackOptions
from watchdog.watch import FAILED

COULD_NOT_SERVE = 1


def main() -> int:
    """Run everything until told to stop."""
    failed = Path(os.environ["RUN_DIR"]) / FAILED
    failed.unlink(missing_ok=True)
    supervisord.ServerOptions = DualStackOptions  # the name by which `main` makes its options
    supervisord.main(sys.argv[1:])
    return COULD_NOT_SERVE if failed.exists() else 0


if __name__ == "__main__":
    sys.exit(main())
