"""One change of one record: how it is asked for, and what the answer means."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from salesforce_functions.data_api._answer import Answer, created_id, refuse, unexpected
from salesforce_functions.data_api.exceptions import MissingFieldError
from salesforce_functions.data_api.record import Record
from salesforce_functions.data_api.reference_id import ReferenceId

_SUCCESS: Final = {"POST": 201, "PATCH": 204, "DELETE": 204}

RecordId = str | ReferenceId
"""The id of a record; in a unit of work also of one that an earlier step is about."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A record to be created (``POST``), updated (``PATCH``) or deleted (``DELETE``)."""

    method: str
    """The HTTP method."""

    object_type: str
    """The API name of the record's object."""

    record_id: RecordId | None = None
    """Which record; `None` when it is to be created."""

    fields: dict[str, Any] | None = None
    """Values as JSON has them; `None` when it is to be deleted."""

    def path(self, api_version: str) -> str:
        """Return where it is asked for. Ids come from payloads: one must not lead elsewhere."""
        path = f"/services/data/v{api_version}/sobjects/{quote(self.object_type, safe='')}"
        match self.record_id:
            case None:
                return path
            case ReferenceId():
                return f"{path}/{_placeholder(self.record_id)}"
            case record_id:
                return f"{path}/{quote(record_id, safe='')}"

    def as_step(self, reference_id: ReferenceId, api_version: str) -> dict[str, Any]:
        """Return its form within a composite graph."""
        step = {
            "url": self.path(api_version),
            "method": self.method,
            "referenceId": reference_id.id,
        }
        return {**step, "body": self.fields} if self.fields else step

    def read(self, answer: Answer, earlier: Mapping[ReferenceId, str] | None = None) -> str:
        """Return the id of the record that was changed.

        Args:
            answer: What the org says to this change.
            earlier: The ids that earlier steps of the same unit of work made known.

        Raises:
            SalesforceRestApiError: The org refused.
            UnexpectedRestApiResponsePayload: That is no answer to this.
        """
        if answer.status != _SUCCESS[self.method]:
            raise refuse(answer)
        if self.record_id is None:
            return created_id(answer)
        if isinstance(self.record_id, ReferenceId):
            return (earlier or {}).get(self.record_id) or unexpected()
        return self.record_id


def creation(record: Record) -> Change:
    """Return the change that creates a record."""
    return Change(method="POST", object_type=record.type, fields=_to_json(record.fields))


def modification(record: Record) -> Change:
    """Return the change that updates the record that the field ``Id`` names.

    Raises:
        MissingFieldError: There is no such field, or nothing in it.
    """
    record_id = record.fields.get("Id")
    if not record_id:
        raise MissingFieldError("The field 'Id', which says what record to update, is missing.")
    others = {name: value for name, value in record.fields.items() if name != "Id"}
    return Change(
        method="PATCH", object_type=record.type, record_id=record_id, fields=_to_json(others)
    )


def deletion(object_type: str, record_id: RecordId) -> Change:
    """Return the change that deletes a record.

    Raises:
        MissingFieldError: The id is empty, and would name the object instead of a record.
    """
    if not record_id:
        raise MissingFieldError("The id, which says what record to delete, is missing.")
    return Change(method="DELETE", object_type=object_type, record_id=record_id)


def _to_json(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _value(value) for name, value in fields.items()}


def _value(value: object) -> object:
    """Write what JSON has no form for; the rest is written like a function's result."""
    match value:
        case ReferenceId():
            return _placeholder(value)
        case bytes() | bytearray():
            return base64.b64encode(value).decode("ascii")
        case _:
            return value


def _placeholder(reference_id: ReferenceId) -> str:
    return f"@{{{reference_id.id}.id}}"
