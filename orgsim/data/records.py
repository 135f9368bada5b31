"""The org's data: records of the standard objects, changed one by one or several at once."""

import contextlib
import itertools
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from orgsim.data import async_request_rows
from orgsim.data.async_requests import AsyncRequests
from orgsim.data.derived import derived
from orgsim.data.files import CONTENT_DOCUMENT, CONTENT_DOCUMENT_LINK
from orgsim.data.objects import NAME, OBJECTS, object_of, object_type
from orgsim.data.schema import Field, ObjectType
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
        self._case_numbers = itertools.count(1000)
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
            self._check_references(found, checked)
            if found.name == "ContentVersion":
                with self.transaction():
                    return self._publish(found, checked, username)
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
            self._store(found, {**row, **checked, **self._touched(username)}, checked)

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

    def parent(self, row: Row, reference: Field) -> Row | None:
        """Return the record that ``row`` refers to, as queries see it."""
        found = self.find(row[reference.name])
        if found is None or len(reference.refers_to) == 1:
            return found
        kind = object_of(found["Id"])
        assert kind  # noqa: S101  # or it would not have been found
        values = {name: found.get(name) for name in NAME.fields}
        return {**values, "Name": found[kind.name_field], "Type": kind.name}

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
        return found or async_request_rows.described(self._async_requests, name)

    def rows(self, found: ObjectType) -> list[Row]:
        """Return the records of an object, oldest first, without the deleted ones."""
        if found.name == "User":
            return [_user_row(user) for user in self._users()]
        if object_type(found.name) is None:
            return async_request_rows.rows(self._async_requests, found)
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
        row = {
            name: False if field.kind == "boolean" else field.default
            for name, field in found.fields.items()
        }
        row |= {"Id": record_id, "CreatedDate": touched["LastModifiedDate"]}
        row |= {"CreatedById": touched["LastModifiedById"], "OwnerId": touched["LastModifiedById"]}
        if found.name == "Case":
            row["CaseNumber"] = f"{next(self._case_numbers):08d}"
        kept = {name: value for name, value in row.items() if name in found.fields}
        self._store(found, {**kept, **touched, **values}, values)
        return record_id

    def _publish(self, found: ObjectType, values: Mapping[str, Any], username: str) -> str:
        """Insert a version of a file; the first one brings the file itself into being."""
        author = self._touched(username)["LastModifiedById"]
        place = values.get("FirstPublishLocationId") or author
        document_id = values.get("ContentDocumentId")
        is_first = document_id is None
        document_id = document_id or self._insert(CONTENT_DOCUMENT, {}, username)
        older = [row for row in self.rows(found) if row["ContentDocumentId"] == document_id]
        for row in older:
            self._rows[row["Id"]] = {**row, "IsLatest": False}
        version_id = self._insert(
            found,
            {
                **values,
                "ContentDocumentId": document_id,
                "FirstPublishLocationId": place,
                "IsLatest": True,
                "VersionNumber": str(len(older) + 1),
            },
            username,
        )
        self._show_latest(document_id, self._rows[version_id])
        if is_first:
            for entity_id, share in {place: "V", author: "I"}.items():
                link = {"LinkedEntityId": entity_id, "ShareType": share}
                self._insert(CONTENT_DOCUMENT_LINK, link | {"ContentDocumentId": document_id}, "")
        return version_id

    def _show_latest(self, document_id: str, version: Row) -> None:
        shown = ("ContentSize", "FileExtension", "FileType", "LastModifiedDate", "Title")
        self._rows[document_id] = {
            **self._rows[document_id],
            **{name: version[name] for name in shown},
            "LatestPublishedVersionId": version["Id"],
        }

    def _store(self, found: ObjectType, row: Row, changed: Row) -> None:
        self._rows[row["Id"]] = {**row, **derived(found.name, row, changed)}

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
            target = object_of(value)
            if target is None or target.name not in field.refers_to:
                raise ApiRefused(
                    "FIELD_INTEGRITY_EXCEPTION",
                    f"{name}: id value of incorrect type: {value}",
                    (name,),
                )
            if self.find(value) is None:
                raise ApiRefused(
                    "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", (name,)
                )


def _changeable(found: ObjectType) -> ObjectType:
    if not found.creatable:
        raise ApiRefused(
            "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
            f"entity type {found.name} does not support this here",
        )
    return found


def _user_row(user: User) -> Row:
    name = user.username.partition("@")[0]
    return {
        "Id": user.id,
        "IsActive": user.active,
        "Name": name,
        "FirstName": None,
        "LastName": name,
        "Email": user.username,
        "Username": user.username,
    }
