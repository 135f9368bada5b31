"""Copies of object graphs: what a queued job keeps is not what the caller goes on with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apex.emulator.operations.containers import key_of
from apex.emulator.records import Record
from apex.emulator.values import ApexList, ApexMap, ApexObject, ApexSet, Value, type_of

if TYPE_CHECKING:
    from apex.emulator.machine import Machine

_NOT_SERIALIZABLE = frozenset(
    {
        "Database.DeleteResult",
        "Database.Error",
        "Database.QueryLocator",
        "Database.SaveResult",
        "Database.UpsertResult",
        "Http",
        "HttpRequest",
        "HttpResponse",
        "Matcher",
        "Pattern",
        "Savepoint",
    }
)
_TRANSIENT = frozenset({"PageReference"})
"""Types that are transient by themselves.

Source: https://developer.salesforce.com/docs/atlas.en-us.apexcode.meta/apexcode/apex_classes_keywords_transient.htm
"""


def copy_graph(m: Machine, value: Value, seen: dict[int, Value] | None = None) -> Value:  # noqa: PLR0911 - one line per kind
    """Return a deep copy, as serialising a job and reading it back makes one.

    Transient fields are null in the copy.

    Raises:
        ApexThrown: a SerializationException for what cannot be kept.
    """
    seen = {} if seen is None else seen
    if id(value) in seen:
        return seen[id(value)]
    if isinstance(value, ApexObject):
        return _copy_object(m, value, seen)
    if isinstance(value, ApexList):
        made_list = seen[id(value)] = ApexList(value.of)
        made_list.items = [copy_graph(m, item, seen) for item in value.items]
        return made_list
    if isinstance(value, ApexSet):
        made_set = seen[id(value)] = ApexSet(value.of)
        copies = [copy_graph(m, item, seen) for item in value]
        made_set.held = {key_of(m, item): item for item in copies}
        return made_set
    if isinstance(value, ApexMap):
        made_map = seen[id(value)] = ApexMap(value.key, value.value)
        pairs = [(copy_graph(m, k, seen), copy_graph(m, v, seen)) for k, v in value.held.values()]
        made_map.held = {key_of(m, k): (k, v) for k, v in pairs}
        return made_map
    if isinstance(value, Record):
        return value.copy()
    return None if value is None else _kept(m, value)


def _kept(m: Machine, value: Value) -> Value:
    name = type_of(value).name
    if name in _NOT_SERIALIZABLE:
        shown = name if "." in name else f"System.{name}"
        raise m.throw("SerializationException", f"Not Serializable: {shown}")
    return None if name in _TRANSIENT else value


def _copy_object(m: Machine, value: ApexObject, seen: dict[int, Any]) -> ApexObject:
    made = seen[id(value)] = ApexObject(value.cls)
    for name, item in value.fields.items():
        transient = any(
            name in each.fields and "transient" in each.fields[name].modifiers
            for each in value.cls.lineage()
        )
        made.fields[name] = None if transient else copy_graph(m, item, seen)
    return made
