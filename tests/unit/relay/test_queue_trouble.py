"""What DBOS says of a store in trouble."""

import logging
from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from relay.queue_trouble import TOLD_FOR_S, QueueTrouble


class _Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture(name="clock")
def _clock() -> _Clock:
    return _Clock()


@pytest.fixture(name="dbos")
def _dbos(clock: _Clock) -> Iterator[logging.Logger]:
    logger = logging.getLogger("under_test")
    trouble = QueueTrouble(clock=clock)
    logger.addFilter(trouble)
    yield logger
    logger.removeFilter(trouble)


def _fail(logger: logging.Logger, error: Exception, what: str = "Exception polling") -> None:
    try:
        raise DBAPIError("SELECT inputs FROM jobs WHERE id='s3cret'", None, error)
    except DBAPIError as caught:
        logger.warning("%s: %s\nTraceback (most recent call last):", what, caught, exc_info=True)


def test_one_cause_is_one_line_a_minute(
    dbos: logging.Logger, clock: _Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """Whichever of DBOS's threads meets it; another cause is told at once."""
    gone = psycopg.errors.AdminShutdown("terminating connection")
    for number in range(5):
        _fail(dbos, gone, f"Exception in thread {number}")
    _fail(dbos, psycopg.errors.ReadOnlySqlTransaction("cannot execute UPDATE"))
    clock.now_s += TOLD_FOR_S
    _fail(dbos, gone)

    first, other, again = (record.getMessage() for record in caplog.records)
    assert first == "Exception in thread 0: the database server is being stopped"
    assert "it is read-only" in other
    assert again == "Exception polling: the database server is being stopped"


def test_no_text_of_an_error_passes(dbos: logging.Logger, caplog: pytest.LogCaptureFixture) -> None:
    """Neither statement nor traceback."""
    _fail(dbos, psycopg.OperationalError("anything: s3cret"))

    (record,) = caplog.records
    assert record.exc_info is None
    assert record.getMessage() == "Exception polling: OperationalError"


def test_other_lines_of_dbos_pass(dbos: logging.Logger, caplog: pytest.LogCaptureFixture) -> None:
    """What is no trouble is not held back."""
    for _ in range(2):
        dbos.warning("Workflow %s: recovered", "x")

    assert [record.getMessage() for record in caplog.records] == ["Workflow x: recovered"] * 2
