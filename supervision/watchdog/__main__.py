"""``python -m supervision.watchdog``: an event listener of supervisord.

Events come on stdin, answers go to what was stdout, the log to stderr, where the others' goes.

Source: https://supervisord.org/events.html
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from supervisor.childutils import EventListenerProtocol, get_headers

from invocation.derived_keys import control_password
from invocation.function.client import FunctionClient
from invocation.logs import configure_logging
from invocation.settings.checked import checked
from supervision.function_port import FunctionPort
from supervision.health import FunctionHealth
from supervision.restart import FunctionRestart
from supervision.supervisor import Supervisor
from supervision.undumpable import become_undumpable
from supervision.watchdog.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Mapping

BAD_SETTINGS = 2


def main(env: Mapping[str, str] = os.environ) -> int:
    """Answer events until supervisord ends us.

    Args:
        env: the settings; under supervisord they are more than the environment.
    """
    become_undumpable()
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    if not (config := checked(env, program="watchdog", warn=False)):
        return BAD_SETTINGS
    configure_logging(config.log_level)
    run_dir, port = config.own_run_dir, config.function_port
    supervisor = Supervisor(run_dir, control_password(config.private_key), pid=os.getppid())
    function = FunctionClient(
        port=port,
        max_answer_bytes=64 * 1024,
        is_ours=FunctionPort(port, run_dir, logs=True).is_ours,
    )
    watch = Watch(
        supervisor=supervisor,
        restart=FunctionRestart(supervisor, run_dir),
        function=FunctionHealth(function, port=port, run_dir=run_dir),
        run_dir=run_dir,
        failures=config.watchdog_failures,
        start_s=config.function_start_s,
    )
    listener = EventListenerProtocol()
    with answers:
        while True:
            try:
                headers, payload = listener.wait(sys.stdin, answers)
            except (KeyError, BrokenPipeError):  # no event came: supervisord is gone
                return 0
            watch.handle(headers["eventname"], get_headers(payload.partition("\n")[0]))
            listener.ok(answers)


if __name__ == "__main__":
    sys.exit(main())
