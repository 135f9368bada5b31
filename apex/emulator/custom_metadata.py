"""``X__mdt.getInstance`` and ``getAll``; the records are rows that no DML can touch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apex.emulator.record_fields import from_text
from apex.emulator.records import Record
from apex.emulator.values import STRING, ApexMap, ApexType, Value, identity_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from apex.emulator.database import Database, Row
    from apex.emulator.machine import Machine
    from apex.emulator.schema import ObjectInfo, Schema


def put_records(schema: Schema, database: Database) -> None:
    """Store the project's custom metadata records. A field without a value is null."""
    for name, records in schema.metadata.items():
        info = schema.objects[name]
        for record in records:
            # A default is not applied: whether a deployment does so is not documented, and code
            # has to live with records that leave a field out.
            row: Row = {f: False for f, held in info.fields.items() if held.kind == "Checkbox"}
            row |= {field: from_text(info.fields[field], text) for field, text in record.items()}
            row["id"] = database.new_id(info.key_prefix)
            row["name"] = record["developername"]
            database.put(info.name, row)


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
