"""``python -m proxy``: settings from the environment, then serve. The only ``sys.exit`` of it."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from typing import TYPE_CHECKING

from invocation.logs import get_logger
from invocation.settings.checked import checked
from supervision.stop_signals import StopSignals
from supervision.undumpable import become_undumpable

if TYPE_CHECKING:
    from collections.abc import Mapping

BAD_SETTINGS = 2


def main(env: Mapping[str, str] = os.environ) -> int:
    """Start the proxy, or say what is wrong with its settings.

    Args:
        env: the settings; under supervisord they are more than the environment, see
            `supervision.programs`.
    """
    become_undumpable()
    parser = argparse.ArgumentParser(
        prog="python -m proxy",
        description="Verifies Apex's calls and forwards them to the function on this machine.",
        epilog="Settings come from environment variables; see docs/configuration.md.",
    )
    parser.add_argument("--check", action="store_true", help="check the settings and stop")
    arguments = parser.parse_args()
    if arguments.check:
        if not checked(env):
            return BAD_SETTINGS
        sys.stdout.write("proxy: the settings are complete\n")
        return 0
    if not (config := checked(env, warn=False)):
        return BAD_SETTINGS

    signals = StopSignals()
    # Imported late, so that wrong settings are told in a fraction of a second.
    from invocation.logs import configure_logging  # noqa: PLC0415
    from invocation.settings.one_core import OneCore  # noqa: PLC0415
    from proxy.app import create_app  # noqa: PLC0415
    from proxy.cpu_affinity import keep_to_a_free_core, keep_to_one_core  # noqa: PLC0415
    from proxy.server.serving import create_server  # noqa: PLC0415
    from proxy.stopping import Draining  # noqa: PLC0415

    process_name = env.get("SUPERVISOR_PROCESS_NAME", "")
    if config.one_core is OneCore.YES:
        keep_to_one_core(process_name)
    elif config.one_core is OneCore.AUTO:
        keep_to_a_free_core(process_name)
    configure_logging(config.log_level)
    draining = Draining()
    server = create_server(create_app(config, draining), config, draining=draining)
    get_logger("proxy").info(
        "listening",
        port=config.port,
        function_port=config.function_port,
        org=config.org_id,
        processes=config.processes,
    )
    signals.listen(server.stop)
    code = server.run()
    logging.shutdown()
    os._exit(code)  # threads that wait for an org or a store may not hold us: nobody waits for them


if __name__ == "__main__":
    sys.exit(main())
