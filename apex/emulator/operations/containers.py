"""Lists, sets and maps: what goes in is converted, what is equal is found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apex.emulator.values import (
    ID,
    ApexList,
    ApexMap,
    ApexObject,
    ApexSet,
    ApexType,
    Value,
    apex_list,
    id18,
    identity_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from apex.emulator.machine import Machine


class _OwnKey:
    """The key of an object whose class defines ``equals`` and ``hashCode``."""

    def __init__(self, m: Machine, value: ApexObject) -> None:
        self._m, self._value = m, value
        self._hash = hash(m.invoke(value, "hashCode", []))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _OwnKey) and bool(
            self._m.invoke(self._value, "equals", [other._value])
        )


def key_of(m: Machine, value: Value) -> Any:  # noqa: ANN401 - a key of any kind
    """Return what finds a value in a Map or Set."""
    if isinstance(value, ApexObject) and m.has_method(value, "hashCode"):
        return _OwnKey(m, value)
    return identity_of(value)


def add_to_set(m: Machine, target: ApexSet, value: Value) -> bool:
    """Add a value; return whether it was new."""
    value = m.convert(value, target.of)
    key = key_of(m, value)
    new = key not in target.held
    if new:
        target.held[key] = value
    return new


def put(m: Machine, target: ApexMap, key: Value, value: Value) -> Value:
    """Put an entry; return the value it replaces."""
    key = m.convert(key, target.key)
    found = key_of(m, key)
    before = target.held.get(found)
    target.held[found] = (before[0] if before else key, m.convert(value, target.value))
    return before[1] if before else None


def get(m: Machine, source: ApexMap, key: Value) -> Value:
    """Return the value of a key, or null."""
    found = source.held.get(lookup_key(m, source.key, key))
    return found[1] if found else None


def lookup_key(m: Machine, wanted: ApexType, key: Value) -> Any:  # noqa: ANN401 - a key of any kind
    """Return the key to look for: a text that is no Id is simply not found."""
    if wanted == ID and isinstance(key, str):
        return key_of(m, id18(key) or key)
    return key_of(m, key)


def new_list(m: Machine, of: ApexType, items: Iterable[Value]) -> ApexList:
    """Return a List of converted items."""
    return apex_list(of, [m.convert(item, of) for item in items])


def new_set(m: Machine, of: ApexType, items: Iterable[Value]) -> ApexSet:
    """Return a Set of converted items."""
    made = ApexSet(of)
    for item in items:
        add_to_set(m, made, item)
    return made


def new_map(m: Machine, key: ApexType, value: ApexType, source: Value) -> ApexMap:
    """Return a Map: empty, a copy, or records by their id."""
    made = ApexMap(key, value)
    if isinstance(source, ApexMap):
        for k, v in source.held.values():
            put(m, made, k, v)
    elif isinstance(source, ApexList):
        for record in source.items:
            if record is None:
                raise m.throw("ListException", "Row with null Id at index: 0")
            put(m, made, record.values.get("id"), record)
    elif source is not None:
        raise m.not_emulated(f"new Map<{key},{value}> of {source.type}")
    return made


def item_at(m: Machine, source: ApexList, index: Value) -> Value:
    """Return ``source[index]``."""
    return source.items[checked_index(m, source, index)]


def checked_index(m: Machine, source: ApexList, index: Value) -> int:
    """Return an index that exists.

    Raises:
        ApexThrown: a ListException.
    """
    if index is None:
        raise m.null_pointer()
    if not 0 <= index < len(source.items):
        raise m.throw("ListException", f"List index out of bounds: {index}")
    return int(index)
