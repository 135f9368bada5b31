"""Read what the org answers, or say in our own errors what is wrong with it. No I/O here."""

from dataclasses import dataclass
from typing import Any, Final, NoReturn

import orjson

from salesforce_functions.data_api.exceptions import (
    DataApiError,
    InnerSalesforceRestApiError,
    SalesforceRestApiError,
    UnexpectedRestApiResponsePayload,
)
from salesforce_functions.data_api.record import QueriedRecord, RecordQueryResult

_UNEXPECTED: Final = "The API response payload doesn't match the expected structure."
_QUERY_RESULT_KEYS: Final = {"records", "totalSize"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What the org answers to one request, or to one step of several."""

    status: int
    """The HTTP status."""

    payload: Any
    """The body, decoded; `None` when there is none."""


def decode(status: int, body: bytes) -> Answer:
    """Read the body of an answer.

    Raises:
        UnexpectedRestApiResponsePayload: It is not JSON. Only 204 may come without a body.
    """
    if status == 204:
        return Answer(status=status, payload=None)
    try:
        return Answer(status=status, payload=orjson.loads(body))
    except orjson.JSONDecodeError as error:
        raise UnexpectedRestApiResponsePayload(
            f"The server didn't respond with valid JSON: {type(error).__name__}: {error}"
            f" (HTTP status {status})"
        ) from error


def refuse(answer: Answer) -> DataApiError:
    """Return the error that an unsuccessful answer stands for."""
    errors = answer.payload
    if not isinstance(errors, list) or not errors:
        return UnexpectedRestApiResponsePayload(_UNEXPECTED)
    try:
        return SalesforceRestApiError([_inner_error(error) for error in errors])
    except UnexpectedRestApiResponsePayload as error:
        return error


def created_id(answer: Answer) -> str:
    """Return the id of the record that was created.

    Raises:
        UnexpectedRestApiResponsePayload: There is none.
    """
    return _Object(answer.payload).text("id")


def composite_answers(answer: Answer) -> dict[str, Answer]:
    """Return what is said to each step of the one graph that was sent, by its reference id.

    Raises:
        SalesforceRestApiError: The request was refused as a whole.
        UnexpectedRestApiResponsePayload: That is no answer to a graph.
    """
    if answer.status != 200:
        raise refuse(answer)
    graphs = _Object(answer.payload).array("graphs")
    if not graphs:
        unexpected()
    response = _Object(_Object(graphs[0]).value("graphResponse"))
    steps = [_Object(step) for step in response.array("compositeResponse")]
    return {
        step.text("referenceId"): Answer(
            status=step.whole("httpStatusCode"), payload=step.optional("body")
        )
        for step in steps
    }


def query_result(answer: Answer) -> RecordQueryResult:
    """Return what a query found.

    Raises:
        SalesforceRestApiError: The org refused.
        UnexpectedRestApiResponsePayload: That is no answer to a query.
    """
    if answer.status != 200:
        raise refuse(answer)
    return _query_result(answer.payload)


def _query_result(payload: object) -> RecordQueryResult:
    result = _Object(payload)
    return RecordQueryResult(
        done=result.flag("done"),
        total_size=result.whole("totalSize"),
        records=[_queried_record(record) for record in result.array("records")],
        next_records_url=result.optional_text("nextRecordsUrl"),
    )


def _queried_record(payload: object) -> QueriedRecord:
    record = _Object(payload)
    fields: dict[str, Any] = {}
    sub_query_results: dict[str, RecordQueryResult] = {}
    for name, value in record.items():
        if name == "attributes":
            continue
        # Compound fields, such as an address, are objects too; they stay as they are.
        if isinstance(value, dict) and not _QUERY_RESULT_KEYS.isdisjoint(value):
            sub_query_results[name] = _query_result(value)
        elif isinstance(value, dict) and "attributes" in value:
            fields[name] = _queried_record(value)
        else:
            fields[name] = value
    record_type = _Object(record.value("attributes")).text("type")
    return QueriedRecord(type=record_type, fields=fields, sub_query_results=sub_query_results)


def _inner_error(payload: object) -> InnerSalesforceRestApiError:
    error = _Object(payload)
    return InnerSalesforceRestApiError(
        message=error.text("message"),
        error_code=error.text("errorCode"),
        fields=error.optional_array("fields"),
    )


class _Object:
    """A JSON object, each value of which is read with its type checked.

    Raises:
        UnexpectedRestApiResponsePayload: Here and in all methods, when it is not what it must be.
    """

    def __init__(self, payload: object) -> None:
        self._values: dict[str, Any] = payload if isinstance(payload, dict) else unexpected()

    def items(self) -> Any:  # noqa: ANN401
        return self._values.items()

    def value(self, name: str) -> Any:  # noqa: ANN401  # whoever asks checks its shape
        return self._values[name] if name in self._values else unexpected()

    def optional(self, name: str) -> Any:  # noqa: ANN401  # as above
        return self._values.get(name)

    def text(self, name: str) -> str:
        value = self.value(name)
        return value if isinstance(value, str) else unexpected()

    def flag(self, name: str) -> bool:
        value = self.value(name)
        return value if isinstance(value, bool) else unexpected()

    def whole(self, name: str) -> int:
        value = self.value(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else unexpected()

    def array(self, name: str) -> list[Any]:
        value = self.value(name)
        return value if isinstance(value, list) else unexpected()

    def optional_text(self, name: str) -> str | None:
        return None if self.optional(name) is None else self.text(name)

    def optional_array(self, name: str) -> list[Any]:
        return [] if self.optional(name) is None else self.array(name)


def unexpected() -> NoReturn:
    """Refuse an answer of another shape.

    Raises:
        UnexpectedRestApiResponsePayload: Always.
    """
    raise UnexpectedRestApiResponsePayload(_UNEXPECTED)
