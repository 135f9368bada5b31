"""``python -m relay``: run accepted jobs, or look at them. The only ``sys.exit`` of it."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING, Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from proxy.at_rest import Cipher
from proxy.config import ConfigError, load_config
from proxy.function_client import FunctionClient
from proxy.job_store import create_engine
from proxy.logs import configure_logging
from proxy.org import OrgClient
from proxy.tokens import Clocks, Tokens
from relay.command_line import parse, run_command
from relay.farewell import tell_the_org
from relay.heart import Heart, new_boot
from relay.ledger import Ledger
from relay.run import JobRunner
from relay.workflow import launch

if TYPE_CHECKING:
    import sqlalchemy as sa

    from proxy.config import Config

IMPATIENT: Final = 1
BAD_SETTINGS: Final = 2
POOL_SIZE: Final = 10
LOCK_WAIT_S: Final = 30
STORE_PAUSE_S: Final = 2.0
WAKE_S: Final = 0.5
GRACE_S: Final = 18.0
"""How long what is running may take to end; supervisord and Heroku kill a little later."""


def main() -> int:
    """Run the relay until it is told to stop, or one command on its jobs."""
    arguments = parse(sys.argv[1:])
    try:
        config = load_config(os.environ)
    except ConfigError as error:
        sys.stderr.writelines(f"relay: {line}\n" for line in str(error).splitlines())
        return BAD_SETTINGS
    engine = create_engine(config.job_store_url, pool_size=POOL_SIZE, wait_s=LOCK_WAIT_S)
    cipher = Cipher(config.async_keys, private_key=config.private_key)
    if arguments.command != "run":
        try:
            return run_command(arguments, config, engine, cipher)
        except SQLAlchemyError as error:
            sys.stderr.write(f"relay: the job store can't be reached: {type(error).__name__}\n")
            return 1
    configure_logging(config.log_level)
    _serve(config, engine, cipher)
    return 0


def _serve(config: Config, engine: sa.Engine, cipher: Cipher) -> None:
    log = structlog.get_logger("relay")
    stopping = threading.Event()
    told_to_stop: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: _note(number, told_to_stop))
    boot = new_boot()
    ledger = Ledger(engine, cipher, boot=boot)
    heart = Heart(config, engine, boot=boot)
    org = OrgClient(connections=config.async_concurrency + 8)
    function = FunctionClient(port=config.function_port, max_answer_bytes=config.max_body_bytes)
    runner = JobRunner(
        config,
        ledger=ledger,
        org=org,
        function=function,
        tokens=Tokens(config, org=org, clocks=Clocks()),
        stopping=stopping,
        is_alive=heart.is_alive,
    )
    if not _store_is_there(engine, told_to_stop):
        return
    ledger.create_tables()
    heart.beat()
    launch(config, engine, runner, boot=boot)
    heart.take_over()
    heart.start(ledger, stopping)
    sqlite = config.job_store_url.startswith("sqlite")
    survives = "process crashes" if sqlite else "dyno restarts"
    log.info("running jobs", relay=config.executor_id, accepted_jobs_survive=survives)
    # In short waits: a signal that reaches another thread would not wake a long one.
    while not told_to_stop:
        time.sleep(WAKE_S)
    stopping.set()
    try:
        log.info("stopping")
        deadline = time.monotonic() + GRACE_S
        while not (idle := runner.busy.wait_idle(WAKE_S)) and time.monotonic() < deadline:
            pass
        if not idle:
            log.warning("calls are still running: the next relay tells how they ended")
        if not config.store_lasts:
            tell_the_org(runner, ledger)
        heart.end()
    finally:
        sys.stdout.flush()
        # Waiting jobs are parked in threads that would never end; the store has them.
        os._exit(0)


def _note(number: int, told_to_stop: list[int]) -> None:
    """Note a signal; told a second time, end at once: the store has every job.

    It takes no lock, such as an Event's: the thread that it interrupts may hold that very one.
    """
    if told_to_stop:
        os._exit(IMPATIENT)
    told_to_stop.append(number)


def _store_is_there(engine: sa.Engine, told_to_stop: list[int]) -> bool:
    """Wait for the store; False when the relay is told to stop before it answers."""
    log = structlog.get_logger("relay")
    while not told_to_stop:
        try:
            with engine.connect():
                return True
        except SQLAlchemyError as error:
            log.warning("the job store can't be reached", error=type(error).__name__)
        time.sleep(STORE_PAUSE_S)
    return False


if __name__ == "__main__":
    sys.exit(main())
