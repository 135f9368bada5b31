"""Commands on stored jobs, for the person who looks after them."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any, Final

from dbos import DBOS

from invocation.jobs.encryption import UnreadableError
from invocation.jobs.job import Job
from invocation.jobs.store import metadata
from relay.job_search import drop, find, given_up, not_there, only_given_up
from relay.job_table import as_json, as_table, printable
from relay.workflow import retry

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import sqlalchemy as sa

    from invocation.jobs.encryption import Cipher
    from invocation.settings.config import Config

NOT_FOUND: Final = 1
_ID: Final = "its ce-id (`id` in the log), its record's id, or the job's own"


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return what was asked for; ``command`` is ``run`` when nothing was."""
    parser = argparse.ArgumentParser(
        prog="python -m relay",
        description="Runs accepted asynchronous invocations, and shows what became of them.",
        epilog="Settings come from environment variables; see docs/configuration.md.",
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("run", help="run jobs until told to stop (the default)", allow_abbrev=False)
    commands.add_parser("migrate", help="make or update the tables, and stop", allow_abbrev=False)
    listing = commands.add_parser("jobs", help="list jobs, the newest first", allow_abbrev=False)
    listing.add_argument("id", nargs="?", help=f"only those of {_ID}")
    listing.add_argument(
        "--failed", action="store_true", help="only those given up or ended with an error"
    )
    listing.add_argument("--json", action="store_true", help="one JSON object per line")
    show = commands.add_parser("show", help="everything about one job", allow_abbrev=False)
    show.add_argument("id", help=_ID)
    show.add_argument("--payload", action="store_true", help="also what was sent and answered")
    again = commands.add_parser("retry", help="run given-up jobs once more", allow_abbrev=False)
    which = again.add_mutually_exclusive_group(required=True)
    which.add_argument("id", nargs="?", help=_ID)
    which.add_argument("--all", action="store_true", help="every given-up job")
    forget = commands.add_parser("drop", help="forget a given-up job", allow_abbrev=False)
    forget.add_argument("id", help=_ID)
    parsed = parser.parse_args(arguments)
    parsed.command = parsed.command or "run"
    return parsed


def run_command(
    arguments: argparse.Namespace, config: Config, engine: sa.Engine, cipher: Cipher
) -> int:
    """Carry out one command; return the exit code."""
    with engine.connect():  # first: DBOS would create a database that does not exist
        pass
    if arguments.command == "migrate":
        DBOS.migrate(config.job_store_url)
        metadata.create_all(engine)
        sys.stdout.write("relay: the job store is up to date\n")
        return 0
    metadata.create_all(engine)
    if arguments.command == "jobs":
        return _list(engine, arguments)
    if arguments.command == "show":
        return _show(engine, cipher, arguments.id, payload=arguments.payload)
    if arguments.command == "retry" and arguments.all:
        return _retry_all(engine, cipher)
    if arguments.command == "retry":
        return _act(engine, arguments.id, lambda job_id: retry(engine, cipher, job_id), "retried")
    return _act(engine, arguments.id, lambda job_id: drop(engine, job_id), "dropped")


def _list(engine: sa.Engine, arguments: argparse.Namespace) -> int:
    rows = find(engine, arguments.id, failed=arguments.failed)
    if arguments.json:
        sys.stdout.writelines(json.dumps(as_json(row)) + "\n" for row in rows)
    else:
        sys.stdout.write(as_table(rows) if rows else "no jobs\n")
    return 0


def _show(engine: sa.Engine, cipher: Cipher, name: str, *, payload: bool) -> int:
    found = find(engine, name)
    if not found:
        return _refuse(not_there(name))
    row = found[0]
    shown = as_json(row)
    if payload:
        shown["payload"] = _opened(cipher, row["payload"], lambda p: Job.from_bytes(p).body)
        shown["outcome"] = _opened(cipher, row["outcome"], lambda plain: plain)
    sys.stdout.write(json.dumps(shown, indent=2) + "\n")
    if older := [printable(row["event_id"]) for row in found[1:]]:
        sys.stderr.write(f"relay: older jobs of {name}: {', '.join(older)}\n")
    return 0


def _act(engine: sa.Engine, name: str, act: Callable[[str], bool], verb: str) -> int:
    """Retry or drop the one given-up job of that name."""
    row = only_given_up(find(engine, name), name)
    if isinstance(row, str):
        return _refuse(row)
    try:
        if not act(row["id"]):  # another person was faster
            return _refuse(not_there(name))
    except (UnreadableError, ValueError) as error:
        return _refuse(_unreadable(row, error))
    sys.stdout.write(f"{verb} {name}\n")
    return 0


def _retry_all(engine: sa.Engine, cipher: Cipher) -> int:
    """Retry every given-up job that can be read; say which can't be."""
    rows, code = given_up(engine), 0
    for row in rows:
        try:
            if retry(engine, cipher, row["id"]):
                sys.stdout.write(f"retried {printable(row['event_id'])}\n")
        except (UnreadableError, ValueError) as error:
            code = _refuse(_unreadable(row, error))
    if not rows:
        sys.stdout.write("no given-up jobs\n")
    return code


def _unreadable(row: dict[str, Any], error: Exception) -> str:
    return f"{printable(row['event_id'])} can't be read: {error}"


def _refuse(why: str) -> int:
    sys.stderr.write(f"relay: {why}\n")
    return NOT_FOUND


def _opened(cipher: Cipher, stored: bytes | None, part: Callable[[bytes], bytes]) -> str | None:
    if stored is None:
        return None
    try:
        return part(cipher.decrypt(stored)).decode("utf-8", "backslashreplace")
    except (UnreadableError, ValueError) as error:
        return f"({error})"
