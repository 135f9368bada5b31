"""The rows of the org: committed, and undone by snapshot."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from apex.emulator.values import Id, id18

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Row = dict[str, Any]
"""A record's values by lower-case field name. A stored row is never changed, only replaced."""

_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@dataclass(eq=False, slots=True)
class Database:
    """Rows by object and id."""

    tables: dict[str, dict[str, Row]] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def new_id(self, key_prefix: str) -> Id:
        """Return an id that was never given before."""
        number = next(self.numbers)
        digits = ""
        for _ in range(9):
            number, digit = divmod(number, 62)
            digits = _ALPHABET[digit] + digits
        made = id18(f"{key_prefix}xx0{digits}")
        if made is None:
            raise ValueError(f"not a key prefix: {key_prefix!r}")
        return made

    def rows(self, name: str) -> Mapping[str, Row]:
        """Return the rows of an object by id."""
        return self.tables.get(name.lower(), {})

    def put(self, name: str, row: Row) -> None:
        """Store a row under its ``id``."""
        self.tables.setdefault(name.lower(), {})[row["id"]] = row

    def remove(self, name: str, record_id: str) -> None:
        """Delete a row."""
        del self.tables[name.lower()][record_id]

    def snapshot(self) -> dict[str, dict[str, Row]]:
        """Return what `restore` goes back to."""
        return {name: dict(rows) for name, rows in self.tables.items()}

    def restore(self, snapshot: dict[str, dict[str, Row]]) -> None:
        """Undo everything since a snapshot. Numbers that were given stay given."""
        self.tables = {name: dict(rows) for name, rows in snapshot.items()}
