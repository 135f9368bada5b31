from datetime import UTC, datetime, timedelta

import pytest

from apex.emulator.embedding import ApexFailed, EmbeddedOrg, JobOutcome
from apex.emulator.platform.org import Org
from tests.apex.fixtures.org import fixture_project, needs_parser, new_org

pytestmark = needs_parser


def test_job_runs_later_on_a_copy_with_fresh_statics() -> None:
    """A Queueable runs after its transaction, as it was when it was enqueued, transients gone."""
    org = new_org()

    assert org.run(
        "ParcelJob job = new ParcelJob('first'); ParcelJob.seen = 'by the caller';"
        "System.enqueueJob(job); job.rename('second'); System.debug('enqueued');"
    ) == ["enqueued"]
    assert org.run_jobs() == [JobOutcome("ParcelJob", None)]
    assert org.org.log[1] == "job first null unset true"
    assert org.org.log[-1] == "finalizer SUCCESS null 1"


def test_failed_job_is_undone_and_its_finalizer_knows() -> None:
    """A job's exception undoes its work; the finalizer gets the exception and runs by itself."""
    org = new_org()
    org.run("System.enqueueJob(new ParcelJob('fail'));")

    outcome = org.run_jobs()[0]

    assert outcome.failure is not None
    assert outcome.failure.startswith("ParcelException: job failed")
    assert org.org.log[-1] == "finalizer UNHANDLED_EXCEPTION job failed 1"
    assert org.query("SELECT Id FROM Parcel__c") == []
    jobs = org.query("SELECT Status, NumberOfErrors FROM AsyncApexJob")
    assert [(row["Status"], row["NumberOfErrors"]) for row in jobs] == [("Failed", 1)]


def test_job_may_enqueue_one_job() -> None:
    """An asynchronous transaction may enqueue one Queueable; the second is a limit."""
    org = new_org()
    org.run("System.enqueueJob(new ParcelJob('a', 1));")
    assert [outcome.failure for outcome in org.run_jobs()] == [None, None]

    org.run("System.enqueueJob(new ParcelJob('b', 2));")
    failure = org.run_jobs()[0].failure

    assert failure is not None
    assert "Too many queueable jobs added to the queue: 2" in failure


def test_job_of_a_failed_transaction_never_runs() -> None:
    """What was enqueued is forgotten when the transaction fails."""
    org = new_org()

    with pytest.raises(ApexFailed):
        org.run("System.enqueueJob(new ParcelJob('x')); throw new ParcelException('no');")

    assert org.run_jobs() == []


def test_job_may_not_call_out_after_dml() -> None:
    """DML before a callout in one transaction is refused, also in a job."""
    org = new_org()
    org.run("System.enqueueJob(new ParcelJob('call'));")

    failure = org.run_jobs()[0].failure

    assert failure is not None
    assert "You have uncommitted work pending" in failure


def test_delayed_job_waits_for_its_time() -> None:
    """A job with a delay is due by the org's clock, and runs at once only when asked to."""
    times = [datetime(2026, 1, 1, tzinfo=UTC)]
    project = fixture_project()
    org = EmbeddedOrg(project, Org(project.program, now=lambda: times[0]))
    org.run("System.enqueueJob(new ParcelJob('later'), 5);")

    assert org.run_jobs(wait=True) == []
    times[0] += timedelta(minutes=5)
    assert len(org.run_jobs(wait=True)) == 1


def test_depth_of_a_chain_can_be_bounded() -> None:
    """AsyncOptions bounds how many jobs may enqueue each other."""
    org = new_org()
    org.run(
        "AsyncOptions o = new AsyncOptions(); o.MaximumQueueableStackDepth = 1;"
        "System.enqueueJob(new ParcelJob('a', 1), o);"
    )

    failure = org.run_jobs()[0].failure

    assert failure is not None
    assert "Maximum stack depth has been reached" in failure


def test_batch_runs_in_chunks() -> None:
    """A batch gets its rows in chunks; without Stateful each chunk sees the fields as enqueued."""
    org = new_org()
    org.run(
        "List<Parcel__c> l = new List<Parcel__c>();"
        "for (Integer i = 0; i < 5; i++) { l.add(new Parcel__c(Label__c = 'p' + i)); }"
        "insert l; Database.executeBatch(new ParcelBatch(), 2);"
    )

    assert [outcome.failure for outcome in org.run_jobs()] == [None]
    assert len(org.query("SELECT Id FROM Parcel__c WHERE Status__c = 'SENT'")) == 5
    assert org.org.log[-1] == "finished 0"


def test_scheduled_class_runs_when_fired() -> None:
    """System.schedule makes a CronTrigger; the same name twice is refused."""
    org = new_org()
    schedule = "System.schedule('nightly', '0 0 3 * * ?', new ParcelBatch());"
    org.run(schedule)

    with pytest.raises(ApexFailed, match="already scheduled for execution"):
        org.run(schedule)
    assert org.run_scheduled("nightly") == JobOutcome("ParcelBatch", None)
    assert [outcome.name for outcome in org.run_jobs()] == ["ParcelBatch"]


def test_future_method_runs_after_its_transaction() -> None:
    """A call of an @future method is queued."""
    org = new_org()

    assert org.run("ParcelBatch.later('x'); System.debug('now');") == ["now"]
    assert len(org.run_jobs()) == 1
    assert org.org.log[-1] == "later x true"


def test_what_cannot_be_kept_is_refused() -> None:
    """A value that cannot be serialised, such as an HttpRequest, is refused when it is kept."""
    source = "Cache.Org.getPartition('Parcels').put('k', new List<Object>{ new HttpRequest() });"

    with pytest.raises(ApexFailed, match=r"Not Serializable: System\.HttpRequest"):
        new_org().run(source)
