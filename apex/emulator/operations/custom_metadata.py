"""``X__mdt.getInstance`` and ``getAll``; the records are rows that no DML can touch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apex.emulator.records import Record
from apex.emulator.values import STRING, ApexMap, ApexType, Value, identity_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from apex.emulator.machine import Machine
    from apex.emulator.source.schema import ObjectInfo


def call(m: Machine, info: ObjectInfo, name: str, args: Sequence[Value]) -> Value:
    """Call a static method of a custom metadata type."""
    rows = m.org.database.rows(info.name)
    if name.lower() == "getall" and not args:
        found = {str(row["developername"]): Record(info, dict(row)) for row in rows.values()}
        return ApexMap(
            STRING,
            ApexType(info.name),
            {identity_of(key): (key, record) for key, record in found.items()},
        )
    if name.lower() == "getinstance" and len(args) == 1:
        wanted = str(args[0]).lower()
        for record_id, row in rows.items():
            if wanted in (
                str(row["developername"]).lower(),
                str(row["qualifiedapiname"]).lower(),
                record_id.lower(),
            ):
                return Record(info, dict(row))
        return None
    raise m.not_emulated(f"{info.name}.{name}")
