"""``python -m watchdog``: an event listener of supervisord, started by bin/watchdog.

Events come on stdin, answers go to descriptor 3, the log to stdout.

Source: https://supervisord.org/events.html
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from supervisor.childutils import EventListenerProtocol, get_headers

from proxy.function_client import FunctionClient
from proxy.function_port import FunctionPort
from proxy.function_restart import FunctionRestart
from proxy.logs import configure_logging
from proxy.settings_reader import SettingsReader
from proxy.supervisor import Supervisor
from watchdog.watch import Watch

BAD_SETTINGS = 2


def main() -> int:
    """Answer events until supervisord ends us."""
    read = SettingsReader(os.environ)
    run_dir = Path(read.required("RUN_DIR", "where supervisord's control socket is"))
    port = read.whole("FUNCTION_PORT", 8080, low=1, high=65535)
    failures = read.whole("WATCHDOG_FAILURES", 6, low=0, high=1000)
    start_s = read.number("FUNCTION_START_S", 60, low=1, high=3600)
    if read.problems:
        sys.stderr.writelines(f"watchdog: {line}\n" for line in read.problems)
        return BAD_SETTINGS
    configure_logging(read.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR")))
    supervisor = Supervisor(run_dir)
    watch = Watch(
        supervisor=supervisor,
        restart=FunctionRestart(supervisor, run_dir),
        function=FunctionClient(
            port=port,
            max_answer_bytes=64 * 1024,
            is_ours=FunctionPort(port, run_dir, logs=True).is_ours,
        ),
        run_dir=run_dir,
        failures=failures,
        start_s=start_s,
    )
    listener = EventListenerProtocol()
    with os.fdopen(3, "w") as answers:
        while True:
            try:
                headers, payload = listener.wait(sys.stdin, answers)
            except (KeyError, BrokenPipeError):  # no event came: supervisord is gone
                return 0
            watch.handle(headers["eventname"], get_headers(payload.partition("\n")[0]))
            listener.ok(answers)


if __name__ == "__main__":
    sys.exit(main())
