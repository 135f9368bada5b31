"""The project's custom metadata records, as rows of the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apex.emulator.field_values import from_text

if TYPE_CHECKING:
    from apex.emulator.platform.database import Database, Row
    from apex.emulator.source.schema import Schema


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
