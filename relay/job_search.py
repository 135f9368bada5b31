"""Finds stored jobs by whatever a person has in hand: a ce-id, a record's id, or a job's own."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

from invocation.jobs.job import JobState
from invocation.jobs.store import jobs
from invocation.org.names import to_18

MOST_LISTED: Final = 1000
DEAD: Final = jobs.c.state == JobState.DEAD
FAILED: Final = sa.or_(DEAD, jobs.c.status_code >= 300)
"""Given up, or ended with what the record calls ERROR."""

Row = dict[str, Any]


def find(engine: sa.Engine, name: str | None = None, *, failed: bool = False) -> list[Row]:
    """Return jobs, the newest first.

    Args:
        engine: of the store.
        name: a ce-id, a record's id (15 or 18 characters) or a job's id; None: any.
        failed: only those that were given up or ended with an error.
    """
    query = jobs.select().order_by(jobs.c.accepted_at_s.desc(), jobs.c.id).limit(MOST_LISTED)
    if name is not None:
        query = query.where(
            sa.or_(jobs.c.id == name, jobs.c.event_id == name, jobs.c.record_id == to_18(name))
        )
    if failed:
        query = query.where(FAILED)
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def given_up(engine: sa.Engine) -> list[Row]:
    """Return every job that was given up."""
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(jobs.select().where(DEAD)).mappings()]


def drop(engine: sa.Engine, job_id: str) -> bool:
    """Forget a given-up job; False when there is none of that id."""
    with engine.begin() as connection:
        return connection.execute(jobs.delete().where(jobs.c.id == job_id, DEAD)).rowcount == 1


def only_given_up(found: list[Row], name: str) -> Row | str:
    """Return the one of these jobs that was given up, or why there is no such one.

    Args:
        found: what `find` returned for ``name``.
        name: as the person gave it.
    """
    dead = [row for row in found if row["state"] == JobState.DEAD]
    if len(dead) == 1:
        return dead[0]
    if dead:
        ids = ", ".join(row["id"] for row in dead)
        return f"{name} has {len(dead)} given-up jobs, name one of them: {ids}"
    if found:
        row = found[0]
        status = f" (status {row['status_code']})" if row["status_code"] else ""
        return f"the job of {name} was not given up: it is {row['state']}{status}"
    return not_there(name)


def not_there(name: str) -> str:
    """Return what to tell when nothing was found."""
    return f"there is no job with the ce-id, record id or job id {name}"
