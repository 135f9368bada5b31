"""Records: what goes to the org and what comes back from it."""

from dataclasses import dataclass, field
from typing import Any

__all__ = ["QueriedRecord", "Record", "RecordQueryResult"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """A record of an org: its type and some of its fields.

    Example:
        ``Record(type="Account", fields={"Name": "Acme"})``
    """

    type: str
    """The API name of its object, for example ``Account`` or ``ns__Invoice__c``."""

    fields: dict[str, Any]
    """Values by field name; names are case-sensitive here. Bytes stand for a binary field."""

    def get(self, field_name: str, default: Any = None) -> Any:  # noqa: ANN401  # any JSON value
        """Return the value of a field, or ``default`` when the record does not have it."""
        return self.fields.get(field_name, default)


@dataclass(frozen=True, kw_only=True, slots=True)
class QueriedRecord(Record):
    """A record that a query found; the fields of a related record are a `QueriedRecord`, too."""

    sub_query_results: dict[str, "RecordQueryResult"] = field(default_factory=dict)
    """What the query's sub-queries found, by the name of the relationship."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordQueryResult:
    """What a query found, or the first part of it."""

    done: bool
    """Whether this is the last part; otherwise ``query_more`` brings the next one."""

    total_size: int
    """How many records there are in all parts together."""

    records: list[QueriedRecord]
    """The records of this part."""

    next_records_url: str | None
    """Where the next part is; `None` when there is none."""
