"""Read and change records of the org that called: what ``context.org.data_api`` can do."""

# ruff: noqa: ASYNC109  # `timeout=` is for those who do not write `async with asyncio.timeout()`

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Final

from salesforce_functions._internal.release import VERSION
from salesforce_functions.data_api._answer import query_result, unexpected
from salesforce_functions.data_api._change import Change, creation, deletion, modification
from salesforce_functions.data_api._session import SharedSession, load_client
from salesforce_functions.data_api.exceptions import MissingFieldError
from salesforce_functions.data_api.record import QueriedRecord, Record, RecordQueryResult
from salesforce_functions.data_api.reference_id import ReferenceId
from salesforce_functions.data_api.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from aiohttp import ClientSession

    from salesforce_functions.data_api._http import Connection

__all__ = ["DEFAULT_TIMEOUT_S", "DataAPI"]

DEFAULT_TIMEOUT_S: Final = 30.0
"""How long a call may take unless it says otherwise, in seconds. Apex waits 120 s for a function,
which should have time left to say that its org does not answer."""

_REQUEST_ID: Final = re.compile(r"[!-~]{1,256}")
"""Ids that can be a header's value; an event may carry any text."""


class DataAPI:
    """The REST API of one org, used as the user who called the function.

    Every method takes ``timeout``: how many seconds the call may take in all, `DEFAULT_TIMEOUT_S`
    when it is not given. Every method raises `DataApiError`: `SalesforceRestApiError` when the
    org refuses, `ClientError` when it cannot be reached or takes too long,
    `UnexpectedRestApiResponsePayload` when its answer makes no sense. Nothing is tried twice.

    Attributes:
        access_token: opens the org's other APIs as well. A secret.
    """

    def __init__(
        self,
        *,
        org_domain_url: str,
        api_version: str,
        access_token: str,
        session: "ClientSession | SharedSession | None" = None,
        request_id: str | None = None,
    ) -> None:
        """Prepare to call an org; nothing is sent yet.

        Args:
            org_domain_url: The org's own URL, for example ``https://acme.my.salesforce.com``.
            api_version: Version of the REST API, for example ``56.0``.
            access_token: Opens the org.
            session: Used for all calls and left open; without one each call opens its own.
            request_id: Sent along as ``X-Request-Id``, to be found in the org's logs.
        """
        self.access_token = access_token
        self._org_domain_url = org_domain_url.rstrip("/")
        self._api_version = api_version
        self._session = SharedSession() if session is None else session
        self._request_id = request_id or ""

    def __repr__(self) -> str:
        return f"DataAPI({self._org_domain_url!r}, api_version={self._api_version!r})"

    async def query(self, soql: str, *, timeout: float | None = None) -> RecordQueryResult:
        """Find records.

        Args:
            soql: The query, for example ``SELECT Id, Name FROM Account``.
            timeout: See above; includes the download of binary fields.

        Returns:
            The records, or the first part of them: see `query_more`.
        """
        async with self._connect(timeout) as org:
            return await self._result(org, f"{self._root}/query", {"q": soql})

    async def query_more(
        self, result: RecordQueryResult, *, timeout: float | None = None
    ) -> RecordQueryResult:
        """Return the part of a query's result that follows ``result``; it may be empty."""
        if result.next_records_url is None:
            return RecordQueryResult(
                done=True, total_size=result.total_size, records=[], next_records_url=None
            )
        async with self._connect(timeout) as org:
            return await self._result(org, result.next_records_url)

    async def create(self, record: Record, *, timeout: float | None = None) -> str:
        """Create a record and return its id."""
        return await self._make(creation(record), timeout)

    async def update(self, record: Record, *, timeout: float | None = None) -> str:
        """Update the record that the field ``Id`` names, and return that id.

        Raises:
            MissingFieldError: The record has no ``Id``.
        """
        return await self._make(modification(record), timeout)

    async def delete(
        self, object_type: str, record_id: str, *, timeout: float | None = None
    ) -> str:
        """Delete a record and return its id."""
        return await self._make(deletion(object_type, record_id), timeout)

    async def commit_unit_of_work(
        self, unit_of_work: UnitOfWork, *, timeout: float | None = None
    ) -> dict[ReferenceId, str]:
        """Make all changes of a unit of work, or none of them.

        Returns:
            The id of each record, by the reference that registering it returned.
        """
        body = unit_of_work._body(self._api_version)  # noqa: SLF001  # the other half of this
        async with self._connect(timeout) as org:
            answer = await org.send("POST", f"{self._root}/composite/graph", body)
        return unit_of_work._read(answer)  # noqa: SLF001  # as above

    async def _make(self, change: Change, timeout: float | None) -> str:
        if isinstance(change.record_id, ReferenceId):
            raise MissingFieldError("A ReferenceId is known within its unit of work only.")
        async with self._connect(timeout) as org:
            answer = await org.send(change.method, change.path(self._api_version), change.fields)
        return change.read(answer)

    async def _result(
        self, org: "Connection", path: str, query: dict[str, str] | None = None
    ) -> RecordQueryResult:
        result = query_result(await org.get(path, query))
        for record in _content_versions(result):
            # The org says where the bytes are, not what they are.
            place = record.fields["VersionData"]
            record.fields["VersionData"] = await org.download(
                place if isinstance(place, str) else unexpected()
            )
        return result

    @property
    def _root(self) -> str:
        return f"/services/data/v{self._api_version}"

    @contextlib.asynccontextmanager
    async def _connect(self, timeout: float | None) -> AsyncIterator["Connection"]:
        await load_client()
        from salesforce_functions.data_api._http import Connection, failed  # noqa: PLC0415

        timeout_s = DEFAULT_TIMEOUT_S if timeout is None else timeout
        try:
            async with asyncio.timeout(timeout_s), self._open_session() as session:
                yield Connection(
                    session=session, base_url=self._org_domain_url, headers=self._headers()
                )
        except TimeoutError as error:
            raise failed(error, f"It took longer than {timeout_s:g} seconds") from error

    def _open_session(self) -> contextlib.AbstractAsyncContextManager["ClientSession"]:
        if isinstance(self._session, SharedSession):
            return self._session.use()
        return contextlib.nullcontext(self._session)

    def _headers(self) -> dict[str, str]:
        headers = {
            "Authorization": f"Bearer {self.access_token}",
            "Sforce-Call-Options": f"client=salesforce-functions:{VERSION}",
            "User-Agent": f"salesforce-functions/{VERSION}",
        }
        if _REQUEST_ID.fullmatch(self._request_id):
            headers["X-Request-Id"] = self._request_id
        return headers


def _content_versions(result: RecordQueryResult) -> Iterator[QueriedRecord]:
    """Yield the files in a result, wherever they are, whose content was asked for."""
    for record in result.records:
        yield from _with_content(record)


def _with_content(record: QueriedRecord) -> Iterator[QueriedRecord]:
    if record.type == "ContentVersion" and record.fields.get("VersionData") is not None:
        yield record
    for value in record.fields.values():
        if isinstance(value, QueriedRecord):
            yield from _with_content(value)
    for sub_result in record.sub_query_results.values():
        yield from _content_versions(sub_result)
