"""Commands on stored jobs, for the person who looks after them."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from dbos import DBOS

from proxy.at_rest import UnreadableError
from proxy.job_store import jobs, metadata
from proxy.jobs import Job
from relay.workflow import retry

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from proxy.at_rest import Cipher
    from proxy.config import Config

COLUMNS: Final = (
    "id", "state", "function_name", "record_id", "status_code", "attempts", "deliveries",
    "accepted_at_s", "changed_at_s", "reason",
)  # fmt: skip
MOST_LISTED: Final = 1000
NOT_FOUND: Final = 1


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
    listing.add_argument("--failed", action="store_true", help="only those that were given up")
    listing.add_argument("--json", action="store_true", help="one JSON object per line")
    show = commands.add_parser("show", help="everything about one job", allow_abbrev=False)
    show.add_argument("id")
    show.add_argument("--payload", action="store_true", help="also what was sent and answered")
    again = commands.add_parser("retry", help="run given-up jobs once more", allow_abbrev=False)
    which = again.add_mutually_exclusive_group(required=True)
    which.add_argument("id", nargs="?")
    which.add_argument("--all", action="store_true", help="every given-up job")
    drop = commands.add_parser("drop", help="forget a given-up job", allow_abbrev=False)
    drop.add_argument("id")
    parsed = parser.parse_args(arguments)
    parsed.command = parsed.command or "run"
    return parsed


def run_command(
    arguments: argparse.Namespace, config: Config, engine: sa.Engine, cipher: Cipher
) -> int:
    """Carry out one command; return the exit code."""
    if arguments.command == "migrate":
        DBOS.migrate(config.job_store_url)
        metadata.create_all(engine)
        sys.stdout.write("relay: the job store is up to date\n")
        return 0
    metadata.create_all(engine)
    if arguments.command == "jobs":
        return _list(engine, failed=arguments.failed, as_json=arguments.json)
    if arguments.command == "show":
        return _show(engine, cipher, arguments.id, payload=arguments.payload)
    if arguments.command == "retry":
        ids = _dead_ids(engine) if arguments.all else [arguments.id]
        return _report({job_id: retry(engine, job_id) for job_id in ids}, "retried")
    return _report({arguments.id: _drop(engine, arguments.id)}, "dropped")


def _list(engine: sa.Engine, *, failed: bool, as_json: bool) -> int:
    query = sa.select(*(jobs.c[name] for name in COLUMNS)).order_by(jobs.c.accepted_at_s.desc())
    if failed:
        query = query.where(jobs.c.state == "dead")
    with engine.connect() as connection:
        rows = [_readable(row._mapping) for row in connection.execute(query.limit(MOST_LISTED))]  # noqa: SLF001 - SQLAlchemy's name for it
    if as_json:
        sys.stdout.writelines(json.dumps(row) + "\n" for row in rows)
    else:
        sys.stdout.write(_table(rows) if rows else "no jobs\n")
    return 0


def _show(engine: sa.Engine, cipher: Cipher, job_id: str, *, payload: bool) -> int:
    with engine.connect() as connection:
        row = connection.execute(jobs.select().where(jobs.c.id == job_id)).first()
    if row is None:
        sys.stderr.write(f"relay: there is no job {job_id}\n")
        return NOT_FOUND
    told: dict[str, Any] = _readable({name: getattr(row, name) for name in COLUMNS})
    if payload:
        told["payload"] = _opened(cipher, row.payload, lambda plain: Job.from_bytes(plain).body)
        told["outcome"] = _opened(cipher, row.outcome, lambda plain: plain)
    sys.stdout.write(json.dumps(told, indent=2) + "\n")
    return 0


def _opened(cipher: Cipher, stored: bytes | None, part: Callable[[bytes], bytes]) -> str | None:
    if stored is None:
        return None
    try:
        return part(cipher.decrypt(stored)).decode("utf-8", "backslashreplace")
    except (UnreadableError, ValueError) as error:
        return f"({error})"


def _dead_ids(engine: sa.Engine) -> list[str]:
    with engine.connect() as connection:
        return list(
            connection.execute(sa.select(jobs.c.id).where(jobs.c.state == "dead")).scalars()
        )


def _drop(engine: sa.Engine, job_id: str) -> bool:
    with engine.begin() as connection:
        query = jobs.delete().where(jobs.c.id == job_id, jobs.c.state == "dead")
        return connection.execute(query).rowcount == 1


def _report(done: dict[str, bool], verb: str) -> int:
    for job_id, succeeded in done.items():
        sys.stdout.write(f"{verb} {job_id}\n" if succeeded else f"not given up: {job_id}\n")
    if not done:
        sys.stdout.write("no given-up jobs\n")
    return 0 if all(done.values()) else NOT_FOUND


def _readable(row: Any) -> dict[str, Any]:  # noqa: ANN401 - a row of SQLAlchemy or a dict
    told = dict(row)
    for name in ("accepted_at_s", "changed_at_s"):
        moment = datetime.fromtimestamp(told.pop(name), UTC)
        told[name.removesuffix("_s")] = moment.isoformat(timespec="seconds")
    return told


def _table(rows: list[dict[str, Any]]) -> str:
    lines = [list(rows[0])] + [[_printable(v) for v in row.values()] for row in rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return "".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        + "\n"
        for line in lines
    )


def _printable(value: object) -> str:
    """A cell's text; names come from callers and must not steer the operator's terminal."""
    text = "" if value is None else str(value)
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
