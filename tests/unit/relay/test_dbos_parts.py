"""Parts of DBOS that are not public, or not documented, are as `relay` takes them.

Why it takes them: docs/decisions/dbos.md. A release that moves one fails here first.
"""

import inspect
import tomllib
from importlib.metadata import version

import sqlalchemy as sa
from dbos import DBOS, DBOSClient

import relay.workflow
from invocation.jobs.store import APPLICATION, QUEUE, WORKFLOW, JsonSerializer, enqueue
from localstack import ROOT
from tests.unit.relay.store import Store, a_job

STATUS = sa.table(
    "workflow_status", sa.column("workflow_uuid"), sa.column("status"), sa.column("executor_id")
)


def test_it_is_the_pinned_release() -> None:
    """What is watched here is what runs."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]

    assert f"dbos=={version('dbos')}" in groups["container"]


def test_recovery_is_asked_for_by_process() -> None:
    """`relay.heartbeat` names those that are gone; without an argument DBOS would take its own."""
    (parameter,) = inspect.signature(DBOS._recover_pending_workflows).parameters

    assert parameter == "executor_ids"


def test_recovery_takes_from_those_that_are_named_alone(store: Store) -> None:
    """Also when a workflow has changed hands since it was listed: it stays where it runs."""
    job = a_job()
    client = DBOSClient(
        system_database_engine=store.engine,
        serializer=JsonSerializer(),
        application_name=APPLICATION,
    )
    with store.engine.begin() as connection:
        enqueue(client, connection, job.id, job.user)
        connection.execute(STATUS.update().values(status="PENDING", executor_id="alive"))
        workflow_id = connection.execute(sa.select(STATUS.c.workflow_uuid)).scalar_one()

    statuses = []
    for gone in ("dead", "alive"):
        client._sys_db.reenqueue_for_recovery(workflow_id, [gone], QUEUE)
        with store.engine.connect() as connection:
            statuses.append(connection.execute(sa.select(STATUS.c.status)).scalar_one())

    assert statuses == ["PENDING", "ENQUEUED"]


def test_a_workflow_is_found_by_its_name() -> None:
    """So it is a function of the module, and what it works with is one of the module, too."""
    registered = inspect.unwrap(relay.workflow._run_job)

    assert registered.__module__ == "relay.workflow"
    assert list(inspect.signature(registered).parameters) == ["job_id"]
    assert getattr(registered, "dbos_function_name", None) == WORKFLOW
