import pytest

from apex.emulator.embedding import ApexFailed, EmbeddedOrg
from apex.emulator.platform.org import IncomingAnswer, Org, OutgoingCall
from tests.apex.fixtures.org import fixture_project, needs_parser

pytestmark = needs_parser

NOT_ANNOUNCED = "Callout not allowed from this future method"


def _answer(_call: OutgoingCall) -> IncomingAnswer:
    return IncomingAnswer(status=200, reason="OK", headers=[], body=b"")


@pytest.fixture
def org() -> EmbeddedOrg:
    """An org whose callouts are answered."""
    project = fixture_project()
    return EmbeddedOrg(project, Org(project.program, transport=_answer))


@pytest.mark.parametrize(
    "enqueued",
    [
        "System.enqueueJob(new ParcelCallouts.Calling());",
        "ParcelCallouts.callLater();",
        pytest.param("System.enqueueJob(new ParcelCallouts.Quiet(null));", id="finalizer"),
    ],
)
def test_job_that_announces_callouts_may_call(org: EmbeddedOrg, enqueued: str) -> None:
    """Database.AllowsCallouts, ``@future(callout=true)`` and finalizers may call out."""
    org.run(enqueued)

    assert [job.failure for job in org.run_jobs()] == [None]
    assert org.org.log == ["called 200"]


@pytest.mark.parametrize(
    "enqueued", ["System.enqueueJob(new ParcelCallouts.Plain());", "ParcelCallouts.later();"]
)
def test_job_that_announces_no_callouts_may_not_call(org: EmbeddedOrg, enqueued: str) -> None:
    """Without the announcement a callout of a job is a CalloutException."""
    org.run(enqueued)

    failure = org.run_jobs()[0].failure

    assert failure is not None
    assert failure.startswith(f"System.CalloutException: {NOT_ANNOUNCED}")


def test_scheduled_class_may_not_call(org: EmbeddedOrg) -> None:
    """Scheduled Apex makes no callouts, whatever it implements."""
    org.run("System.schedule('timed', '0 0 3 * * ?', new ParcelCallouts.Timed());")

    failure = org.run_scheduled("timed").failure

    assert failure is not None
    assert "Callout from scheduled Apex not supported" in failure


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("new HttpRequest()", "System.HttpRequest"),
        ("new HttpResponse()", "System.HttpResponse"),
        ("Pattern.compile('a')", "System.Pattern"),
        ("Pattern.compile('a').matcher('a')", "System.Matcher"),
        ("Database.setSavepoint()", "System.Savepoint"),
        ("Database.insert(new Parcel__c(Label__c = 'a'))", "Database.SaveResult"),
    ],
)
def test_job_cannot_carry_what_is_not_serialisable(org: EmbeddedOrg, value: str, name: str) -> None:
    """A job that holds a request or its like, however deep, is refused when it is enqueued."""
    with pytest.raises(ApexFailed, match=rf"SerializationException: Not Serializable: {name}"):
        org.run(f"System.enqueueJob(new ParcelCallouts.Carrying({value}));")


def test_job_loses_what_is_transient(org: EmbeddedOrg) -> None:
    """What is declared transient, or a PageReference, is null when the job runs."""
    org.run("System.enqueueJob(new ParcelCallouts.Carrying(new PageReference('/a')));")

    assert [job.failure for job in org.run_jobs()] == [None]
    assert org.org.log == ["carried null"]


def test_finalizer_cannot_keep_what_is_not_serialisable(org: EmbeddedOrg) -> None:
    """A finalizer is kept until its job has ended, and must be serialisable then."""
    org.run("System.enqueueJob(new ParcelCallouts.Quiet('a request'));")

    failure = org.run_jobs()[0].failure

    assert failure is not None
    assert "Not Serializable: System.HttpRequest" in failure
