from pathlib import Path

import pytest

from chaos.kills.org_faults import TROUBLES
from chaos.kills.run import run_on
from localstack.stores import KINDS

JOBS = 500
SEED = 3
LIMIT_S = 180


@pytest.mark.timeout(450)  # a busy machine; otherwise it takes well below a minute
@pytest.mark.parametrize("store", KINDS)
def test_no_accepted_job_is_lost(store: str, tmp_path: Path) -> None:
    """Whatever is killed, and whatever the org throws: one run, one write, one outcome each."""
    report = run_on(
        store, jobs=JOBS, seed=SEED, folder=tmp_path, limit_s=LIMIT_S, tell=lambda *_: None
    )

    assert report.problems == [], f"seed {SEED}, logs in {tmp_path}"
    assert set(report.killed) == {"relay", "proxy", "function", "everything"}
    assert set(report.thrown) == {trouble.name for trouble in TROUBLES}
    assert bool(report.restarts) == (store == "postgres")
