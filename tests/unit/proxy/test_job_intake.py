"""The store is loaded when it is needed, once."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from localstack import ROOT
from proxy.job_intake import JobIntake
from tests.unit.relay.store import ROOMY, Store, a_job, open_store


@pytest.fixture(name="store")
def _store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path) as store:
        yield store


@pytest.mark.slow
@pytest.mark.parametrize("library", ["dbos", "sqlalchemy"])
def test_proxy_starts_without_the_libraries_of_the_store(library: str) -> None:
    """They are half of its memory and of its start."""
    code = f"import sys, proxy.app, proxy.server.serving; sys.exit({library!r} in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_first_jobs_may_come_at_once(store: Store) -> None:
    """Each is stored, once."""
    intake = JobIntake(store.engine.url.render_as_string(hide_password=False), store.cipher, ROOMY)
    jobs = [a_job(number) for number in range(8)]

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(intake.accept, [*jobs, *jobs]))

    assert sorted(workflow_id[: len(jobs[0].job_id)] for workflow_id, _ in store.queued()) == [
        job.job_id for job in jobs
    ]
