"""Id and Blob."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apex.emulator.operations.schema_tokens import ObjectToken
from apex.emulator.registry import method, platform_type, static
from apex.emulator.values import Id, id18

if TYPE_CHECKING:
    from apex.emulator.machine import Machine

platform_type("Id").supertypes = ("String",)


@static("Id.valueOf")
def _id_value_of(m: Machine, text: str | None) -> Id:
    found = id18(text) if text is not None else None
    if found is None:
        raise m.throw("StringException", f"Invalid id: {text}")
    return found


@method("Id.to15")
def _to15(value: Id) -> str:
    return str(value)[:15]


@method("Id.getSObjectType")
def _id_sobject_type(m: Machine, value: Id) -> ObjectToken:
    for info in m.program.schema.objects.values():
        if info.key_prefix == value[:3]:
            return ObjectToken(info)
    raise m.throw("SObjectException", f"Cannot locate SObject Type for {value}")


@static("Blob.valueOf")
def _blob_value_of(text: str) -> bytes:
    return text.encode()


@method("Blob.toString")
def _blob_to_string(m: Machine, value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise m.throw("StringException", "BLOB is not a valid UTF-8 string") from error


@method("Blob.size")
def _blob_size(value: bytes) -> int:
    return len(value)
