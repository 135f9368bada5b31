"""The org's data: records of the standard objects, changed one by one or several at once."""

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from orgsim.data.async_requests import MOST_RECORDS as MOST_ASYNC_REQUESTS
from orgsim.data.async_requests import TEXT_LENGTHS, AsyncRequests, object_name
from orgsim.data.schema import OBJECTS, Field, ObjectType, by_name, object_type
from orgsim.data.values import check_changes, check_new
from orgsim.entities import User
from orgsim.ids import new_ids, to_18
from orgsim.refusals import ApiRefused, not_found
from orgsim.timestamps import timestamp

MOST_RECORDS: Final = 50_000
"""Records kept; the org then refuses more, as one whose storage is full."""

Row = Mapping[str, Any]
"""A record: a value for every field of its object; binary fields hold bytes."""


class Data:
    """Every record of the standard objects. Safe to use from many threads."""

    def __init__(
        self,
        clock: Callable[[], float],
        users: Callable[[], Iterable[User]],
        async_requests: AsyncRequests,
    ) -> None:
        """Start without records.

        Args:
            clock: seconds since 1970.
            users: returns the users there are; queries see them as records.
            async_requests: the records of that object; queries see them, too.
        """
        self._clock = clock
        self._users = users
        self._async_requests = async_requests
        self._lock = threading.RLock()
        self._ids = {each.name: new_ids(each.prefix) for each in OBJECTS}
        self._rows: dict[str, Row] = {}

    def insert(self, name: str, values: Mapping[str, Any], *, username: str = "") -> str:
        """Insert a record of the object of that name; return its id.

        Args:
            name: the object, e.g. ``Account``.
            values: by field name, as in the body of a request.
            username: who inserts it; empty: the first user there is.

        Raises:
            ApiRefused: as in `create`.
            ValueError: there is no such object.
        """
        found = object_type(name)
        if found is None:
            raise ValueError(f"{name[:80]!r} is not an object whose records can be inserted")
        first = next((user.username for user in self._users()), "")
        return self.create(found, values, username=username or first)

    def create(self, found: ObjectType, values: Mapping[str, Any], *, username: str) -> str:
        """Insert a record and return its id.

        Raises:
            ApiRefused: the values do not fit, refer to nothing, or the org is full.
        """
        with self._lock:
            checked = check_new(_changeable(found), values)
            if found.name == "ContentVersion" and checked.get("ContentDocumentId") is None:
                # The first version of a file brings the file itself into being.
                title = {"Title": checked.get("Title") or checked["PathOnClient"]}
                file = object_type("ContentDocument")
                assert file  # noqa: S101  # it is in the schema
                checked["ContentDocumentId"] = self._insert(file, title, username)
            self._check_references(found, checked)
            return self._insert(found, checked, username)

    def update(
        self, found: ObjectType, record_id: str, values: Mapping[str, Any], *, username: str
    ) -> None:
        """Change the given fields of a record; ``None`` empties a field.

        Raises:
            ApiRefused: no such record, or the values are refused as in `create`.
        """
        with self._lock:
            checked = check_changes(_changeable(found), values)
            row = self.get(found, record_id)
            self._check_references(found, checked)
            self._store(found, {**row, **checked, **self._touched(username)})

    def delete(self, found: ObjectType, record_id: str) -> None:
        """Delete a record; whatever refers to it stays, and finds nothing there.

        Raises:
            ApiRefused: no such record, or it is deleted already.
        """
        with self._lock:
            row = self.get(_changeable(found), record_id)
            self._rows[row["Id"]] = {**row, "IsDeleted": True}

    def get(self, found: ObjectType, record_id: str) -> Row:
        """Return a record that exists.

        Raises:
            ApiRefused: no such record, or it is deleted.
        """
        with self._lock:
            row = self._find(record_id)
        if row is None or not row["Id"].startswith(found.prefix):
            raise not_found()
        if row.get("IsDeleted"):
            raise ApiRefused("ENTITY_IS_DELETED", "entity is deleted", ())
        return row

    def find(self, record_id: str | None) -> Row | None:
        """Return a record by its id; ``None`` when there is none, or no longer."""
        with self._lock:
            row = self._find(record_id) if record_id else None
        return None if row is None or row.get("IsDeleted") else row

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Make everything that is done in the block happen together, or, if it raises, not."""
        with self._lock:
            before = dict(self._rows)
            try:
                yield
            except BaseException:
                self._rows = before
                raise

    def described(self, name: str) -> ObjectType | None:
        """Return the object of that name, in any case, as queries see it."""
        wanted = name.casefold()
        found = next((each for each in OBJECTS if each.name.casefold() == wanted), None)
        return found or self._described_async_requests(name)

    def rows(self, found: ObjectType) -> list[Row]:
        """Return the records of an object, oldest first, without the deleted ones."""
        if found.name == "User":
            return [_user_row(user) for user in self._users()]
        if object_type(found.name) is None:
            return self._async_request_rows(found)
        with self._lock:
            return [
                row
                for key, row in self._rows.items()
                if key.startswith(found.prefix) and not row["IsDeleted"]
            ]

    def _find(self, record_id: str) -> Row | None:
        try:
            key = to_18(record_id)
        except ValueError:
            return None
        if key.startswith("005"):
            return next((_user_row(user) for user in self._users() if user.id == key), None)
        return self._rows.get(key)

    def _insert(self, found: ObjectType, values: Mapping[str, Any], username: str) -> str:
        if len(self._rows) >= MOST_RECORDS:
            raise ApiRefused("STORAGE_LIMIT_EXCEEDED", "storage limit exceeded")
        record_id = next(self._ids[found.name])
        touched = self._touched(username)
        row = {name: False if f.kind == "boolean" else None for name, f in found.fields.items()}
        row |= touched | {"Id": record_id, "CreatedDate": touched["LastModifiedDate"]}
        row |= {"CreatedById": touched["LastModifiedById"], "OwnerId": touched["LastModifiedById"]}
        self._store(found, {**row, **values})
        return record_id

    def _store(self, found: ObjectType, row: Row) -> None:
        derived: dict[str, Any] = {}
        if found.name == "Contact":
            derived["Name"] = " ".join(filter(None, (row["FirstName"], row["LastName"])))
        if found.name == "ContentVersion":
            derived["ContentSize"] = len(row["VersionData"])
            derived["Title"] = row["Title"] or row["PathOnClient"]
        self._rows[row["Id"]] = {**row, **derived}

    def _touched(self, username: str) -> dict[str, Any]:
        now = timestamp(self._clock())
        same_name = (user.id for user in self._users() if user.username == username)
        return {
            "LastModifiedDate": now,
            "LastModifiedById": next(same_name, None),
            "SystemModstamp": now,
        }

    def _check_references(self, found: ObjectType, values: Mapping[str, Any]) -> None:
        for name, value in values.items():
            field = found.fields[name]
            if field.kind != "reference" or value is None:
                continue
            target = object_type(field.refers_to)
            if not target or not value.startswith(target.prefix):
                raise ApiRefused(
                    "FIELD_INTEGRITY_EXCEPTION",
                    f"{name}: id value of incorrect type: {value}",
                    (name,),
                )
            if self.find(value) is None:
                raise ApiRefused(
                    "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", (name,)
                )

    def _described_async_requests(self, name: str) -> ObjectType | None:
        try:
            namespace = self._async_requests.namespace_of(name)
        except ApiRefused:
            return None
        prefix = f"{namespace}__" if namespace else ""
        texts = (Field(name=prefix + each, length=most) for each, most in TEXT_LENGTHS.items())
        standard = (
            Field(name="Id", kind="id"),
            Field(name="CreatedDate", kind="datetime"),
            Field(name="LastModifiedDate", kind="datetime"),
            Field(name=f"{prefix}StatusCode__c", kind="double"),
        )
        return ObjectType(
            name=object_name(namespace),
            prefix="a00",
            fields=by_name((*standard, *texts)),
            creatable=False,
        )

    def _async_request_rows(self, found: ObjectType) -> list[Row]:
        return [
            {
                **dict.fromkeys(found.fields),
                **record.fields,
                "Id": record.id,
                "CreatedDate": timestamp(record.created_at),
                "LastModifiedDate": timestamp(record.modified_at),
            }
            for record in reversed(self._async_requests.latest(MOST_ASYNC_REQUESTS))
            if object_name(record.namespace) == found.name and not record.deleted
        ]


def _changeable(found: ObjectType) -> ObjectType:
    if not found.creatable:
        raise ApiRefused(
            "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
            f"entity type {found.name} does not support this here",
        )
    return found


def _user_row(user: User) -> Row:
    return {
        "Id": user.id,
        "IsActive": user.active,
        "Name": user.username.partition("@")[0],
        "Username": user.username,
    }
