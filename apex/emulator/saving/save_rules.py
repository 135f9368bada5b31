"""What a row must be to be stored: required fields, lengths, picklists, unique values."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from apex.emulator.values import Value, id18

if TYPE_CHECKING:
    from apex.emulator.machine import Machine
    from apex.emulator.platform.database import Row
    from apex.emulator.source.schema import FieldInfo, ObjectInfo

_SHOWN: Final = 255


@dataclass(frozen=True, slots=True)
class SaveError:
    """Why a row was refused."""

    code: str
    """A ``StatusCode`` such as ``STRING_TOO_LONG``."""
    text: str
    fields: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.code}, {self.text}: [{', '.join(self.fields)}]"


def text_units(value: str) -> int:
    """Return a text's length as Salesforce counts it: UTF-16 units."""
    return len(value.encode("utf-16-le", "surrogatepass")) // 2


def check_row(m: Machine, info: ObjectInfo, row: Row, old: Row | None) -> list[SaveError]:
    """Return what is wrong with a row that is about to be stored."""
    missing = [
        held.name
        for name, held in info.fields.items()
        if held.required and row.get(name) in (None, "")
    ]
    if missing:
        told = f"Required fields are missing: [{', '.join(missing)}]"
        return [SaveError("REQUIRED_FIELD_MISSING", told, tuple(missing))]
    found = []
    for name, value in row.items():
        if value is not None and (old is None or old.get(name) != value):
            error = _check_value(m, info, info.fields[name], value, row)
            if error is not None:
                found.append(error)
    return found


def _check_value(
    m: Machine, info: ObjectInfo, held: FieldInfo, value: Value, row: Row
) -> SaveError | None:
    if isinstance(value, str) and held.length is not None and text_units(value) > held.length:
        shown = f"{held.label or held.name}: data value too large: {value[:_SHOWN]}"
        return SaveError("STRING_TOO_LONG", f"{shown} (max length={held.length})", (held.name,))
    if held.restricted and value not in held.values:
        told = f"{held.label}: bad value for restricted picklist field: {value}"
        return SaveError("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", told, (held.name,))
    if held.kind == "Number" and held.length is None and not _fits(held, value):
        return SaveError(
            "NUMBER_OUTSIDE_VALID_RANGE",
            f"{held.label}: value outside of valid range",
            (held.name,),
        )
    if held.kind in ("Lookup", "MasterDetail"):
        return _check_lookup(m, held, value)
    return _check_unique(m, info, held, value, row) if held.unique else None


def _fits(held: FieldInfo, value: Value) -> bool:
    whole = (held.precision or 18) - held.scale
    return abs(Decimal(str(value))) < Decimal(10) ** whole


def _check_lookup(m: Machine, held: FieldInfo, value: Value) -> SaveError | None:
    known = [m.program.schema.find(name) for name in held.reference_to]
    if held.name in ("OwnerId", "CreatedById", "LastModifiedById", "ApexClassId") or not any(known):
        return None
    if any(id18(value) in m.org.database.rows(each.name) for each in known if each):
        return None
    return SaveError(
        "INVALID_CROSS_REFERENCE_KEY", f"invalid cross reference id: {value}", (held.name,)
    )


def _check_unique(
    m: Machine, info: ObjectInfo, held: FieldInfo, value: Value, row: Row
) -> SaveError | None:
    name = held.name.lower()
    for record_id, other in m.org.database.rows(info.name).items():
        if record_id != row.get("id") and str(other.get(name)).lower() == str(value).lower():
            told = f"{held.name} duplicates value on record with id: {record_id}"
            return SaveError("DUPLICATE_VALUE", f"duplicate value found: {told}", ())
    return None
