"""Takes accepted jobs to their store, which is loaded when the first one comes.

DBOS and SQLAlchemy are half of a proxy's memory and of its start, and many functions are never
called asynchronously.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from invocation.jobs.backlog import Backlog
    from invocation.jobs.encryption import Cipher
    from invocation.jobs.job import Job
    from invocation.jobs.store import JobStore


class Jobs(Protocol):
    """Who takes accepted jobs."""

    def accept(self, job: Job) -> None:
        """Store ``job`` durably, see `JobStore.accept`."""


class JobIntake:
    """Safe to share between threads.

    Args:
        url: of the store, see `Config.job_store_url`.
        cipher: for what is stored.
        backlog: what may be stored.
    """

    def __init__(self, url: str, cipher: Cipher, backlog: Backlog) -> None:
        self._url = url
        self._cipher = cipher
        self._backlog = backlog
        self._opening = threading.Lock()
        self._opened: JobStore | None = None

    def accept(self, job: Job) -> None:
        """Store ``job`` durably.

        Raises:
            JobNotStored: it may not be there.
            BacklogFull: too much is.
        """
        self._store().accept(job)

    def _store(self) -> JobStore:
        with self._opening:
            if self._opened is None:
                from invocation.jobs.store import JobStore, create_engine  # noqa: PLC0415 - see above

                self._opened = JobStore(create_engine(self._url), self._cipher, self._backlog)
            return self._opened
