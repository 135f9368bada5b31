"""Methods of SObject."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apex.emulator.operations.containers import put
from apex.emulator.operations.record_fields import read_record, write_record
from apex.emulator.operations.schema_tokens import ObjectToken
from apex.emulator.registry import method
from apex.emulator.values import ApexMap, ApexType, NotNull, Value

if TYPE_CHECKING:
    from apex.emulator.machine import Machine
    from apex.emulator.records import Record


@method("SObject.get")
def _sobject_get(m: Machine, record: Record, name: NotNull) -> Value:
    return read_record(m, record, _field_name(name))


@method("SObject.put")
def _sobject_put(m: Machine, record: Record, name: NotNull, value: Value) -> Value:
    before = record.values.get(_field_name(name).lower())
    write_record(m, record, _field_name(name), value)
    return before


def _field_name(name: NotNull) -> str:
    return name if isinstance(name, str) else str(name.info.name)


@method("SObject.getSObject")
def _get_sobject(m: Machine, record: Record, name: NotNull) -> Value:
    return read_record(m, record, _field_name(name))


@method("SObject.getSObjectType")
def _get_sobject_type(record: Record) -> ObjectToken:
    return ObjectToken(record.info)


@method("SObject.isSet")
def _is_set(record: Record, name: NotNull) -> bool:
    return _field_name(name).lower() in record.values


@method("SObject.getPopulatedFieldsAsMap")
def _populated(m: Machine, record: Record) -> ApexMap:
    made = ApexMap(ApexType("String"), ApexType("Object"))
    for name, value in record.values.items():
        put(m, made, record.info.fields[name].name, value)
    return made


@method("SObject.clone")
def _sobject_clone(
    record: Record,
    keep_id: bool = False,
    deep: bool = False,
    keep_times: bool = False,
    keep_number: bool = False,
) -> Record:
    _ = deep, keep_times, keep_number
    made = record.copy()
    if not keep_id:
        made.values.pop("id", None)
    made.from_query = False
    return made


@method("SObject.addError")
def _add_error(record: Record, *said: Value) -> None:
    record.errors.append(str(said[-1] if not isinstance(said[-1], bool) else said[-2]))


@method("SObject.hasErrors")
def _has_errors(record: Record) -> bool:
    return bool(record.errors)
