"""Queries as the user: each object and field that a query names must be readable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from apex.emulator.operations.record_fields import known_field
from apex.emulator.platform.access_rights import AccessRights, rights_of
from apex.emulator.soql.where import identifier_path, lookup_of, parent_of
from apex.parser.tree import Node, kind, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apex.emulator.machine import Machine
    from apex.emulator.source.schema import ObjectInfo

USER_MODE: Final = "USER_MODE"
SECURITY_ENFORCED: Final = "SECURITY_ENFORCED"


def modes_of(query: Node) -> set[str]:
    """Return what follows WITH, in upper case."""
    found = (each["identifier"] for each in query["withIdentifiers"])
    return {(each if isinstance(each, str) else text(each)).upper() for each in found}


def check_access(m: Machine, query: Node, info: ObjectInfo, *, user_mode: bool) -> None:
    """Hold a query against the running user's rights, if it asks for that.

    USER_MODE looks at every clause, SECURITY_ENFORCED at SELECT and FROM only.

    Raises:
        ApexThrown: a QueryException for the first object or field that is not readable.
    """
    modes = modes_of(query)
    if user_mode or USER_MODE in modes:
        _check(m, query, info)
    elif SECURITY_ENFORCED in modes:
        _check(m, query["select"], info)


def _check(m: Machine, clauses: Node, info: ObjectInfo) -> None:
    rights = rights_of(m.org.database, m.transaction.user_id, m.org.now())
    _check_object(m, rights, info)
    for path in _paths(clauses):
        _check_path(m, rights, info, path)


def _paths(node: Node) -> Iterator[list[str]]:
    """Yield the fields of a query, but not those of a query inside it."""
    for name, child in node.items():
        for each in child if isinstance(child, list) else [child]:
            if not isinstance(each, dict) or name == "inner":
                continue
            if kind(each) == "Field":
                yield identifier_path(each["field"])
            else:
                yield from _paths(each)


def _check_path(m: Machine, rights: AccessRights, info: ObjectInfo, path: list[str]) -> None:
    if len(path) == 1:
        held = known_field(m, info, path[0])
    else:
        held = lookup_of(m, info, path[0])
        for target in parent_of(m, info, path[0]):
            if path[1].lower() in target.fields or len(path) > 2:
                _check_object(m, rights, target)
                _check_path(m, rights, target, path[1:])
    if not rights.may_field("read", info, held):
        raise m.throw("QueryException", _no_column(held.name, info.name))


def _check_object(m: Machine, rights: AccessRights, info: ObjectInfo) -> None:
    if not rights.may("read", info):
        text = f"sObject type '{info.name}' is not supported. If you are attempting to use a"
        raise m.throw("QueryException", f"{text} custom object, be sure to append the '__c'")


def _no_column(field: str, entity: str) -> str:
    return (
        f"No such column '{field}' on entity '{entity}'. If you are attempting to use a custom "
        "field, be sure to append the '__c' after the custom field name."
    )
