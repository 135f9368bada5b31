"""What every object has: Object, Enum, Exception, Type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apex.emulator.language.construction import make
from apex.emulator.operations.operators import equal
from apex.emulator.operations.text_form import to_text, type_name
from apex.emulator.registry import enum, interface, method, static
from apex.emulator.values import (
    ApexList,
    ApexMap,
    ApexObject,
    ApexSet,
    ApexType,
    EnumValue,
    TypeValue,
    Value,
    apex_list,
    identity_of,
)

if TYPE_CHECKING:
    from apex.emulator.machine import Machine

interface(
    "Boolean",
    "Integer",
    "Long",
    "Double",
    "Decimal",
    "String",
    "Id",
    "Blob",
    "Date",
    "Datetime",
    "Time",
    "Comparable",
    "Comparator",
    "Callable",
    "Iterable",
    "Iterator",
    "StubProvider",
    "Queueable",
    "QueueableContext",
    "Finalizer",
    "FinalizerContext",
    "Schedulable",
    "SchedulableContext",
    "HttpCalloutMock",
    "Database.AllowsCallouts",
    "Database.Batchable",
    "Database.BatchableContext",
    "Database.Stateful",
    "Database.RaisesPlatformEvents",
    "Auth.HttpCalloutMock",
)


@method("Object.toString")
def _to_string(m: Machine, value: Value) -> str:
    return to_text(m, value)


@method("Object.equals")
def _equals(m: Machine, value: Value, other: Value) -> bool:
    return (
        identity_of(value) == identity_of(other)
        if not isinstance(value, ApexObject)
        else equal(m, value, other)
    )


@method("Object.hashCode")
def _hash_code(value: Value) -> int:
    return hash(identity_of(value)) & 0x7FFFFFFF


@method("Enum.name")
def _name(value: EnumValue) -> str:
    return value.name


@method("Enum.ordinal")
def _ordinal(value: EnumValue) -> int:
    return value.ordinal


@method("Exception.getMessage")
def _message(value: ApexObject) -> str:
    return str(value.fields.get("message") or "Script-thrown exception")


@method("Exception.setMessage")
def _set_message(value: ApexObject, text: str | None) -> None:
    value.fields["message"] = text


@method("Exception.getCause")
def _cause(value: ApexObject) -> Value:
    return value.fields.get("cause")


@method("Exception.initCause")
def _init_cause(value: ApexObject, cause: Value) -> None:
    value.fields["cause"] = cause


@method("Exception.getTypeName")
def _type_name(value: ApexObject) -> str:
    return type_name(value.cls)


@method("Exception.getLineNumber")
def _line_number(value: ApexObject) -> int:
    return int(str(value.fields.get("place", ":0")).rpartition(":")[2])


@method("Exception.getStackTraceString")
def _stack_trace(value: ApexObject) -> str:
    file, _, number = str(value.fields.get("place", "?:0")).rpartition(":")
    return f"Class.{file.rpartition('.')[0]}: line {number}, column 1"


@method("Exception.getNumDml")
def _num_dml(value: ApexObject) -> int:
    return len(value.fields.get("dml", ()))


@method("Exception.getDmlMessage")
def _dml_message(value: ApexObject, index: int) -> str:
    return str(value.fields["dml"][index][1].text)


@method("Exception.getDmlStatusCode")
def _dml_status_code(value: ApexObject, index: int) -> str:
    return str(value.fields["dml"][index][1].code)


@method("Exception.getDmlType")
def _dml_type(value: ApexObject, index: int) -> EnumValue:
    return EnumValue("StatusCode", value.fields["dml"][index][1].code, 0)


@method("Exception.getDmlIndex")
def _dml_index(value: ApexObject, index: int) -> int:
    return int(value.fields["dml"][index][0])


@method("Exception.getDmlFieldNames")
def _dml_field_names(value: ApexObject, index: int) -> ApexList:
    return apex_list(ApexType("String"), value.fields["dml"][index][1].fields)


@static("Type.forName")
def _for_name(m: Machine, *names: str | None) -> TypeValue | None:
    """Return the class of a name, with an empty or null namespace before it or none."""
    name = names[-1]
    if name is None or (len(names) == 2 and names[0]):
        return None
    found = m.types.named(name)
    own = m.program.find(found.name) if found else None
    return TypeValue(found) if found and (own is None or own.is_found_by_name) else None


@method("Type.newInstance")
def _new_instance(m: Machine, value: TypeValue) -> Value:
    of = value.of
    if of.name == "List":
        return apex_list(of.args[0])
    if of.name == "Set":
        return ApexSet(of.args[0])
    if of.name == "Map":
        return ApexMap(of.args[0], of.args[1])
    info = m.types.class_of(of)
    if info is not None and (
        info.kind != "class" or "abstract" in info.modifiers or not _has_default(info)
    ):
        raise m.throw("TypeException", f"Class must have a no-argument constructor: {of}")
    return make(m, of, [])


def _has_default(info: Value) -> bool:
    return not info.constructors or any(not each.parameters for each in info.constructors)


@method("Type.getName")
def _get_name(value: TypeValue) -> str:
    return str(value.of)


@method("Type.toString")
def _type_to_string(value: TypeValue) -> str:
    return str(value.of)


@method("Type.isAssignableFrom")
def _is_assignable_from(m: Machine, value: TypeValue, other: TypeValue) -> bool:
    return m.types.cost(other.of, value.of) is not None


enum("LoggingLevel", "NONE", "ERROR", "WARN", "INFO", "DEBUG", "FINE", "FINER", "FINEST")
enum(
    "Quiddity",
    "UNDEFINED",
    "ANONYMOUS",
    "AURA",
    "BATCH_APEX",
    "BATCH_CHUNK_SERIAL",
    "FUTURE",
    "QUEUEABLE",
    "TRANSACTION_FINALIZER_QUEUEABLE",
    "SCHEDULED",
    "SYNCHRONOUS",
    "RUNTEST_SYNC",
    "VF",
)
enum(
    "DisplayType",
    "STRING",
    "BOOLEAN",
    "DOUBLE",
    "DATETIME",
    "DATE",
    "ID",
    "REFERENCE",
    "TEXTAREA",
    "PICKLIST",
    "URL",
)
