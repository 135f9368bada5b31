"""The custom object AsyncFunctionInvocationRequest__c: where an outcome is written to.

Source of the fields and their lengths: the object's metadata in the Apex framework.
Source of the error texts: REST developer guide, "Status codes and error responses".
"""

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from orgsim.ids import new_ids, to_18
from orgsim.refusals import ApiRefused, WrongKind, id_given, not_found

OBJECT_NAME: Final = "AsyncFunctionInvocationRequest__c"

MOST_RECORDS: Final = 10_000
"""Records kept; the oldest makes room."""

MOST_CHANGES: Final = 100
"""Changes remembered of one record; ``patches`` counts on beyond them."""

_LONG_TEXT: Final = 131_072
TEXT_LENGTHS: Final[Mapping[str, int]] = {
    "Callback__c": _LONG_TEXT,
    "CallbackType__c": 255,
    "Context__c": _LONG_TEXT,
    "ExtraInfo__c": 32_768,
    "Request__c": _LONG_TEXT,
    "RequestId__c": 200,
    "Response__c": _LONG_TEXT,
    "Status__c": 20,
}
"""Longest value of each text field, in UTF-16 code units, which is how the platform counts."""

_NUMBER_FIELD: Final = "StatusCode__c"
_NUMBER_LIMIT: Final = 1000  # Number(3, 0)
_STANDARD_FIELDS: Final = frozenset(
    {"CreatedById", "CreatedDate", "Id", "IsDeleted", "LastModifiedById", "LastModifiedDate",
     "Name", "OwnerId", "SystemModstamp"}
)  # fmt: skip
_SOBJECT: Final = re.compile(rf"(?:([A-Za-z][A-Za-z0-9_]{{0,14}})__)?{OBJECT_NAME}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One change of one record, as it was asked for."""

    order: int
    """Grows by one with every change of any record, so that changes can be compared."""

    kind: str
    """``create``, ``update`` or ``delete``."""

    at: float
    """Seconds since 1970."""

    username: str
    """Who did it."""

    fields: Mapping[str, Any]
    """Exactly the fields that were given, with their values."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """An AsyncFunctionInvocationRequest__c and its past."""

    id: str
    namespace: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    """Current values by full field name, without the standard fields."""

    created_at: float
    modified_at: float
    """Seconds since 1970."""

    deleted: bool = False
    patches: int = 0
    """How often it was updated; each would fire the object's trigger."""

    history: tuple[Change, ...] = ()
    """The latest changes, oldest first."""


class AsyncRequests:
    """Every record of the object. Safe to use from many threads."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._ids = new_ids("a00")
        self._changes = 0
        self._namespaces = {""}
        self._records: OrderedDict[str, Record] = OrderedDict()

    def namespace_of(self, sobject: str) -> str:
        """Return the namespace of an object name such as ``ns__AsyncFunctionInvocationRequest__c``.

        Raises:
            ApiRefused: no such object, or no package of that namespace is installed.
        """
        match = _SOBJECT.fullmatch(sobject)
        namespace = (match.group(1) or "") if match else None
        with self._lock:
            if namespace is None or namespace not in self._namespaces:
                raise not_found()
        return namespace

    def install(self, namespace: str) -> None:
        """Make the object exist in ``namespace``, as installing a managed package would.

        Raises:
            ValueError: that is no namespace.
        """
        if not _SOBJECT.fullmatch(f"{namespace}__{OBJECT_NAME}" if namespace else OBJECT_NAME):
            raise ValueError(f"{namespace[:40]!r} is not a namespace")
        with self._lock:
            self._namespaces.add(namespace)

    def create(self, fields: Mapping[str, Any], *, namespace: str, username: str) -> Record:
        """Insert a record.

        Raises:
            ApiRefused: a field does not exist, is read-only or has a bad value.
        """
        _check(fields, namespace)
        with self._lock:
            now = self._clock()
            record = Record(
                id=next(self._ids), namespace=namespace, created_at=now, modified_at=now
            )
            while len(self._records) >= MOST_RECORDS:
                self._records.popitem(last=False)
            return self._store(record, "create", fields, username)

    def update(
        self, record_id: str, fields: Mapping[str, Any], *, namespace: str, username: str
    ) -> Record:
        """Change the given fields of a record; ``None`` empties a field.

        Raises:
            ApiRefused: no such record, or the fields are refused as in `create`.
        """
        _check(fields, namespace)
        with self._lock:
            record = self._existing(record_id, namespace)
            record = replace(record, patches=record.patches + 1)
            return self._store(record, "update", fields, username)

    def delete(self, record_id: str, *, namespace: str, username: str) -> None:
        """Delete a record; it stays visible to `history`.

        Raises:
            ApiRefused: no such record, or it is deleted already.
        """
        with self._lock:
            record = replace(self._existing(record_id, namespace), deleted=True)
            self._store(record, "delete", {}, username)

    def get(self, record_id: str, *, namespace: str) -> Record:
        """Return a record that exists.

        Raises:
            ApiRefused: no such record, or it is deleted.
        """
        with self._lock:
            return self._existing(record_id, namespace)

    def history(self, record_id: str) -> Record | None:
        """Return a record of any namespace, even a deleted one; ``None`` when there never was."""
        try:
            key = to_18(record_id)
        except ValueError:
            return None
        with self._lock:
            return self._records.get(key)

    def latest(self, most: int) -> tuple[Record, ...]:
        """Return the newest records, newest first."""
        with self._lock:
            return tuple(list(self._records.values())[: -most - 1 : -1])

    def _existing(self, record_id: str, namespace: str) -> Record:
        try:
            record = self._records.get(to_18(record_id))
        except ValueError:
            record = None
        if record is None or record.namespace != namespace:
            raise not_found()
        if record.deleted:
            raise ApiRefused("ENTITY_IS_DELETED", "entity is deleted", ())
        return record

    def _store(self, record: Record, kind: str, fields: Mapping[str, Any], username: str) -> Record:
        now = self._clock()
        self._changes += 1
        change = Change(
            order=self._changes, kind=kind, at=now, username=username, fields=dict(fields)
        )
        stored = replace(
            record,
            fields={**record.fields, **fields},
            modified_at=now,
            history=(*record.history, change)[-MOST_CHANGES:],
        )
        self._records[stored.id] = stored
        return stored


def object_name(namespace: str) -> str:
    """Return the object's full name in ``namespace``."""
    return f"{namespace}__{OBJECT_NAME}" if namespace else OBJECT_NAME


def _check(fields: Mapping[str, Any], namespace: str) -> None:
    prefix = f"{namespace}__" if namespace else ""
    for name, value in fields.items():
        plain = name.removeprefix(prefix)
        if name.casefold() == "id":
            raise id_given()
        if name in _STANDARD_FIELDS:
            raise ApiRefused(
                "INVALID_FIELD_FOR_INSERT_UPDATE",
                f"Unable to create/update fields: {name}. Please check the security settings of "
                "this field and verify that it is read/write for your profile or permission set.",
                (name,),
            )
        if not name.startswith(prefix) or plain not in (*TEXT_LENGTHS, _NUMBER_FIELD):
            raise ApiRefused(
                "INVALID_FIELD",
                f"No such column '{name[:80]}' on sobject of type {object_name(namespace)}",
            )
        if value is not None:
            (_check_number if plain == _NUMBER_FIELD else _check_text)(name, plain, value)


def _check_text(name: str, plain: str, value: object) -> None:
    if not isinstance(value, str):
        raise WrongKind(name, "string", value)
    most = TEXT_LENGTHS[plain]
    if len(value.encode("utf-16-le", "surrogatepass")) // 2 > most:
        label = plain.removesuffix("__c")
        raise ApiRefused(
            "STRING_TOO_LONG",
            f"{label}: data value too large: {value[:255]} (max length={most})",
            (name,),
        )


def _check_number(name: str, plain: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise WrongKind(name, "double", value)
    if not -_NUMBER_LIMIT < value < _NUMBER_LIMIT:
        label = plain.removesuffix("__c")
        raise ApiRefused(
            "NUMBER_OUTSIDE_VALID_RANGE", f"{label}: value outside of valid range", (name,)
        )
