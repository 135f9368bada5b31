"""Methods of List, Set and Map."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cmp_to_key
from typing import TYPE_CHECKING

from apex.emulator.operations.containers import (
    add_to_set,
    checked_index,
    get,
    item_at,
    key_of,
    lookup_key,
    put,
)
from apex.emulator.operations.operators import compare
from apex.emulator.operations.record_fields import read_record
from apex.emulator.operations.schema_tokens import ObjectToken
from apex.emulator.registry import method, platform_type
from apex.emulator.values import (
    ApexList,
    ApexMap,
    ApexObject,
    ApexSet,
    ApexType,
    Element,
    NotNull,
    Value,
    apex_list,
)

if TYPE_CHECKING:
    from apex.emulator.machine import Machine

for _name in ("List", "Set"):
    platform_type(_name).supertypes = ("Iterable",)
platform_type("Map")
platform_type("Object")
platform_type("SObject")


@method("List.add")
def _add(m: Machine, target: ApexList, value: Value) -> None:
    target.items.append(m.convert(value, target.of))


@method("List.add")
def _add_at(m: Machine, target: ApexList, index: int, value: Value) -> None:
    if not 0 <= index <= len(target.items):
        raise m.throw("ListException", f"List index out of bounds: {index}")
    target.items.insert(index, m.convert(value, target.of))


@method("List.addAll")
def _add_all(m: Machine, target: ApexList, values: NotNull) -> None:
    target.items.extend([m.convert(value, target.of) for value in values])


@method("List.get")
def _list_get(m: Machine, source: ApexList, index: int) -> Value:
    return item_at(m, source, index)


@method("List.set")
def _list_set(m: Machine, target: ApexList, index: int, value: Value) -> None:
    target.items[checked_index(m, target, index)] = m.convert(value, target.of)


@method("List.remove")
def _list_remove(m: Machine, target: ApexList, index: int) -> Value:
    return target.items.pop(checked_index(m, target, index))


@method("List.size")
def _list_size(source: ApexList) -> int:
    return len(source.items)


@method("List.isEmpty")
def _list_is_empty(source: ApexList) -> bool:
    return not source.items


@method("List.clear")
def _list_clear(target: ApexList) -> None:
    target.items.clear()


@method("List.clone")
def _list_clone(source: ApexList) -> ApexList:
    return apex_list(source.of, source.items)


@method("List.deepClone")
def _list_deep_clone(source: ApexList, keep_id: bool = False) -> ApexList:
    copies = [item.copy() for item in source.items]
    for copy in copies:
        if not keep_id:
            copy.values.pop("id", None)
    return apex_list(source.of, copies)


@method("List.contains")
def _list_contains(m: Machine, source: ApexList, value: Value) -> bool:
    return _list_index_of(m, source, value) >= 0


@method("List.indexOf")
def _list_index_of(m: Machine, source: ApexList, value: Value) -> int:
    wanted = key_of(m, value)
    return next((place for place, item in enumerate(source.items) if key_of(m, item) == wanted), -1)


@method("List.getSObjectType")
def _list_sobject_type(m: Machine, source: ApexList) -> ObjectToken | None:
    info = m.program.schema.find(source.of.name)
    return ObjectToken(info) if info else None


@method("List.sort")
def _sort(m: Machine, target: ApexList, comparator: Value = None) -> None:
    """Sort in place; nulls come first."""

    def order(left: Value, right: Value) -> int:
        if comparator is not None:
            return int(m.invoke(comparator, "compare", [left, right]))
        if left is None or right is None:
            return (left is not None) - (right is not None)
        if isinstance(left, ApexObject):
            return int(m.invoke(left, "compareTo", [right]))
        if isinstance(left, str):
            return (str(left) > str(right)) - (str(left) < str(right))
        return compare(m, left, right)

    target.items.sort(key=cmp_to_key(order))


@dataclass(eq=False)
class Iterating(Element):
    """What ``iterator()`` gives."""

    of: ApexType
    items: list[Value]
    place: int = 0

    @property
    def type(self) -> ApexType:
        """``Iterator<of>``."""
        return ApexType("Iterator", (self.of,))


@method("Iterator.hasNext")
def _has_next(iterator: Iterating) -> bool:
    return iterator.place < len(iterator.items)


@method("Iterator.next")
def _next(m: Machine, iterator: Iterating) -> Value:
    if iterator.place >= len(iterator.items):
        raise m.throw("NoSuchElementException", "Iterator has no more elements")
    iterator.place += 1
    return iterator.items[iterator.place - 1]


@method("Iterable.iterator")
def _iterator(source: ApexList | ApexSet) -> Iterating:
    return Iterating(source.of, list(source))


@method("Set.add")
def _set_add(m: Machine, target: ApexSet, value: Value) -> bool:
    return add_to_set(m, target, value)


@method("Set.addAll")
def _set_add_all(m: Machine, target: ApexSet, values: NotNull) -> bool:
    return sum(add_to_set(m, target, value) for value in values) > 0


@method("Set.contains")
def _set_contains(m: Machine, source: ApexSet, value: Value) -> bool:
    return lookup_key(m, source.of, value) in source.held


@method("Set.containsAll")
def _set_contains_all(m: Machine, source: ApexSet, values: NotNull) -> bool:
    return all(_set_contains(m, source, value) for value in values)


@method("Set.remove")
def _set_remove(m: Machine, target: ApexSet, value: Value) -> bool:
    return target.held.pop(lookup_key(m, target.of, value), _MISSING) is not _MISSING


@method("Set.removeAll")
def _set_remove_all(m: Machine, target: ApexSet, values: NotNull) -> bool:
    return sum(_set_remove(m, target, value) for value in values) > 0


@method("Set.retainAll")
def _set_retain_all(m: Machine, target: ApexSet, values: NotNull) -> bool:
    kept = {lookup_key(m, target.of, value) for value in values}
    before = len(target.held)
    target.held = {key: value for key, value in target.held.items() if key in kept}
    return len(target.held) != before


@method("Set.size")
def _set_size(source: ApexSet) -> int:
    return len(source.held)


@method("Set.isEmpty")
def _set_is_empty(source: ApexSet) -> bool:
    return not source.held


@method("Set.clear")
def _set_clear(target: ApexSet) -> None:
    target.held.clear()


@method("Set.clone")
def _set_clone(source: ApexSet) -> ApexSet:
    return ApexSet(source.of, dict(source.held))


_MISSING = object()


@method("Map.put")
def _map_put(m: Machine, target: ApexMap, key: Value, value: Value) -> Value:
    return put(m, target, key, value)


@method("Map.get")
def _map_get(m: Machine, source: ApexMap, key: Value) -> Value:
    return get(m, source, key)


@method("Map.containsKey")
def _contains_key(m: Machine, source: ApexMap, key: Value) -> bool:
    return lookup_key(m, source.key, key) in source.held


@method("Map.remove")
def _map_remove(m: Machine, target: ApexMap, key: Value) -> Value:
    found = target.held.pop(lookup_key(m, target.key, key), None)
    return found[1] if found else None


@method("Map.putAll")
def _put_all(m: Machine, target: ApexMap, source: NotNull) -> None:
    if isinstance(source, ApexMap):
        for key, value in list(source.held.values()):
            put(m, target, key, value)
    else:
        for record in source:
            put(m, target, read_record(m, record, "Id"), record)


@method("Map.keySet")
def _key_set(source: ApexMap) -> ApexSet:
    return ApexSet(source.key, {found: key for found, (key, _) in source.held.items()})


@method("Map.values")
def _values(source: ApexMap) -> ApexList:
    return apex_list(source.value, [value for _, value in source.held.values()])


@method("Map.size")
def _map_size(source: ApexMap) -> int:
    return len(source.held)


@method("Map.isEmpty")
def _map_is_empty(source: ApexMap) -> bool:
    return not source.held


@method("Map.clear")
def _map_clear(target: ApexMap) -> None:
    target.held.clear()


@method("Map.clone")
def _map_clone(source: ApexMap) -> ApexMap:
    return ApexMap(source.key, source.value, dict(source.held))
