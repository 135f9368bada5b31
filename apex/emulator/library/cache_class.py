"""Platform Cache: the partitions of the org."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from apex.emulator.jobs.copying import copy_graph
from apex.emulator.registry import method, static
from apex.emulator.values import Element, Value

if TYPE_CHECKING:
    from apex.emulator.machine import Machine

_CACHE_KEY_LONGEST = 50


@dataclass(eq=False)
class Partition(Element):
    """``Cache.OrgPartition``."""

    name: str
    apex_name = "Cache.OrgPartition"


@static("Cache.Org.getPartition")
def _get_partition(m: Machine, name: str) -> Partition:
    short = name.rpartition(".")[2]
    if short.lower() not in m.program.schema.cache_partitions:
        raise m.throw("Cache.Org.OrgCacheException", f"Partition {name} does not exist")
    return Partition(short)


def _cache_key(m: Machine, partition: Partition, key: str) -> str:
    if not (key and key.isascii() and key.isalnum()) or len(key) > _CACHE_KEY_LONGEST:
        raise m.throw("InvalidParameterValueException", f"Invalid cache key: {key!r}")
    return f"{partition.name}.{key}"


@method("Cache.OrgPartition.put")
def _cache_put(
    m: Machine, partition: Partition, key: str, value: Value, ttl_s: Value = None, *_more: Value
) -> None:
    _store(m, partition, key, value, ttl_s)


def _store(m: Machine, partition: Partition, key: str, value: Value, ttl_s: Value) -> None:
    if isinstance(ttl_s, int) and not 300 <= ttl_s <= 172_800:
        raise m.throw(
            "InvalidParameterValueException", "TTL must be between 300 and 172800 seconds"
        )
    until = m.org.now() + timedelta(seconds=ttl_s) if isinstance(ttl_s, int) else None
    m.org.cache[_cache_key(m, partition, key)] = (copy_graph(m, value), until)


@method("Cache.OrgPartition.get")
def _cache_get(m: Machine, partition: Partition, key: str) -> Value:
    value, until = m.org.cache.get(_cache_key(m, partition, key), (None, None))
    return None if until is not None and m.org.now() >= until else copy_graph(m, value)


@method("Cache.OrgPartition.contains")
def _cache_contains(m: Machine, partition: Partition, key: str) -> bool:
    return _cache_get(m, partition, key) is not None


@method("Cache.OrgPartition.remove")
def _cache_remove(m: Machine, partition: Partition, key: str) -> bool:
    return m.org.cache.pop(_cache_key(m, partition, key), None) is not None


@method("Cache.OrgPartition.getName")
def _partition_name(partition: Partition) -> str:
    return partition.name


@method("Cache.OrgPartition.isAvailable")
def _partition_available(_partition: Partition) -> bool:
    return True
