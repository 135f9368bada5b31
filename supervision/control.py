"""``python -m supervision.control``: looks at a container's programs, and restarts the proxies.

It needs the settings of that container, in its environment: the password of supervisord's control
socket comes from the private key.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import Final

from invocation.derived_keys import control_password
from invocation.run_dir import own_run_dir
from invocation.settings.loading import parsed
from invocation.settings.reader import SettingsReader
from supervision.supervisor import Supervisor, SupervisorUnavailable
from supervision.undumpable import become_undumpable

UNAVAILABLE: Final = 1
BAD_SETTINGS: Final = 2


def main() -> int:
    """Do what the command line says."""
    become_undumpable()
    parser = argparse.ArgumentParser(
        prog="python -m supervision.control",
        description="Looks at the programs of a running container, and restarts them.",
        epilog="The settings are those of bin/start; RUN_DIR, or PORT, says which container.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("status", help="say of each program what it does")
    commands.add_parser("restart-function", help="restart the function")
    commands.add_parser("restart-proxies", help="restart the proxies, one by one")
    command = parser.parse_args().command
    read = SettingsReader(os.environ)
    settings = parsed(read, "private_key", "port", "run_dir")
    if read.problems:
        sys.stderr.writelines(f"control: {line}\n" for line in read.problems)
        return BAD_SETTINGS
    run_dir = own_run_dir(settings["run_dir"], settings["port"])
    try:
        _do(command, Supervisor(run_dir, control_password(settings["private_key"])))
    except SupervisorUnavailable as error:
        sys.stderr.write(f"control: {error}\n")
        return UNAVAILABLE
    return 0


def _do(command: str, supervisor: Supervisor) -> None:
    if command == "status":
        for name, program in supervisor.programs().items():
            about = f"pid {program.pid}, {program.age_s:.0f} s" if program.pid else ""
            sys.stdout.write(f"{name:<16} {program.state:<9} {about}".rstrip() + "\n")
        return
    wanted = "proxy:" if command == "restart-proxies" else "function"
    for name, program in supervisor.programs().items():
        if name.startswith(wanted):
            if program.pid:
                supervisor.stop(name)
            supervisor.start(name, wait=True)
            sys.stdout.write(f"{name}: started\n")


if __name__ == "__main__":
    sys.exit(main())
