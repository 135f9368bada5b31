"""``python -m relay``: run accepted jobs, or look at them. The only ``sys.exit`` of it."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from typing import TYPE_CHECKING, Final

from sqlalchemy.exc import SQLAlchemyError

from invocation.function.calls_under_way import CallsUnderWay
from invocation.function.client import FunctionClient
from invocation.jobs.encryption import Cipher
from invocation.jobs.store import create_engine
from invocation.jobs.store_trouble import why
from invocation.logs import configure_logging, get_logger
from invocation.org.client import OrgClient
from invocation.org.tokens import Clocks, Tokens
from invocation.run_dir import STORE_READY
from invocation.settings.loading import ConfigError, load_config
from relay.command_line import parse, run_command
from relay.heartbeat import Heartbeat, new_relay_id
from relay.interrupted_jobs import tell_the_org
from relay.job_runner import JobRunner
from relay.ledger import Ledger
from relay.queue_trouble import QueueTrouble
from relay.workflow import launch
from supervision.function_port import FunctionPort
from supervision.stop_signals import StopSignals
from supervision.undumpable import become_undumpable

if TYPE_CHECKING:
    from collections.abc import Mapping

    import sqlalchemy as sa

    from invocation.settings.config import Config

BAD_SETTINGS: Final = 2
POOL_SIZE: Final = 10
LOCK_WAIT_S: Final = 30
STORE_PAUSE_S: Final = 2.0
GRACE_S: Final = 15.0
"""How long what is running may take to end; a farewell to the org may follow before the kill."""


def main(env: Mapping[str, str] = os.environ) -> int:
    """Run the relay until it is told to stop, or one command on its jobs.

    Args:
        env: the settings; under supervisord they are more than the environment, see
            `supervision.programs`.
    """
    become_undumpable()
    arguments = parse(sys.argv[1:])
    try:
        config = load_config(env)
    except ConfigError as error:
        sys.stderr.writelines(f"relay: {line}\n" for line in str(error).splitlines())
        return BAD_SETTINGS
    engine = create_engine(config.job_store_url, pool_size=POOL_SIZE, wait_s=LOCK_WAIT_S)
    cipher = Cipher(config.async_keys, private_key=config.private_key)
    if arguments.command != "run":
        try:
            return run_command(arguments, config, engine, cipher)
        except SQLAlchemyError as error:
            sys.stderr.write(f"relay: the job store does not work: {why(error)}\n")
            return 1
        finally:
            engine.dispose()
    configure_logging(config.log_level)
    logging.getLogger("dbos").addFilter(QueueTrouble(clock=time.monotonic))
    _serve(config, engine, cipher)
    return 0


def _serve(config: Config, engine: sa.Engine, cipher: Cipher) -> None:
    log = get_logger("relay")
    stopping = threading.Event()
    StopSignals().listen(stopping.set)
    relay_id = new_relay_id()
    ledger = Ledger(engine, cipher, relay_id=relay_id)
    heartbeat = Heartbeat(config, engine, relay_id=relay_id)
    org = OrgClient(connections=config.async_concurrency + 8)
    function = FunctionClient(
        port=config.function_port,
        max_answer_bytes=config.max_body_bytes,
        is_ours=FunctionPort(config.function_port, config.run_dir).is_ours,
        calls=CallsUnderWay(config.run_dir),
    )
    runner = JobRunner(
        config,
        ledger=ledger,
        org=org,
        function=function,
        tokens=Tokens(
            config.connected_app, remembered_s=config.token_cache_ttl_s, org=org, clocks=Clocks()
        ),
        stopping=stopping,
        is_alive=heartbeat.is_alive,
    )
    if not _store_works(engine, ledger, heartbeat, stopping):
        return
    launch(config, engine, runner, relay_id=relay_id)
    heartbeat.take_over()
    heartbeat.start(ledger, stopping)
    if config.run_dir:
        (config.run_dir / STORE_READY).touch()
    sqlite = config.job_store_url.startswith("sqlite")
    survives = "process crashes" if sqlite else "dyno restarts"
    log.info("running jobs", relay=config.executor_id, accepted_jobs_survive=survives)
    stopping.wait()
    try:
        log.info("stopping")
        if not runner.busy.wait_idle(GRACE_S):
            log.warning("calls are still running: the next relay tells how they ended")
        if not config.store_lasts:
            ledger.close()
            tell_the_org(runner.deliverer, ledger)
        heartbeat.end()
    finally:
        logging.shutdown()
        # Waiting jobs are parked in threads that would never end; the store has them.
        os._exit(0)


def _store_works(
    engine: sa.Engine, ledger: Ledger, heartbeat: Heartbeat, stopping: threading.Event
) -> bool:
    """Wait until the store can be written; False when the relay is told to stop before.

    Each cause is logged once: it may last for hours.
    """
    log = get_logger("relay")
    logged = None
    while not stopping.is_set():
        try:
            with engine.connect():  # first: DBOS would create a database that does not exist
                pass
            ledger.open()
            heartbeat.beat()
        except SQLAlchemyError as error:
            if (cause := why(error)) != logged:
                log.warning("the job store does not work", cause=cause)
            logged = cause
        else:
            return True
        stopping.wait(STORE_PAUSE_S)
    return False


if __name__ == "__main__":
    sys.exit(main())
