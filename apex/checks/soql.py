"""The fields that queries name: apex-ls does not look them up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from apex.checks.standard_objects import standard_fields
from apex.parser.parsing import parse
from apex.parser.tree import Node, dotted, find, kind, line, optional

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apex.checks.finding import Finding
    from apex.checks.project import Project

_SYSTEM: Final = {
    "createdby": "User",
    "createdbyid": "",
    "createddate": "",
    "id": "",
    "isdeleted": "",
    "lastmodifiedby": "User",
    "lastmodifiedbyid": "",
    "lastmodifieddate": "",
    "name": "",
    "owner": "Name",
    "ownerid": "",
    "systemmodstamp": "",
}
"""What every custom object has, with where a relationship leads to."""
_METADATA_TYPE: Final = {
    "developername": "",
    "id": "",
    "label": "",
    "language": "",
    "masterlabel": "",
    "namespaceprefix": "",
    "qualifiedapiname": "",
}
"""What every custom metadata type has."""
_DYNAMIC: Final = frozenset(
    {"database.countquery", "database.getquerylocator", "database.query"}
    | {f"database.{name}" for name in ("countquerywithbinds", "querywithbinds")}
)


def check_queries(project: Project) -> Iterator[Finding]:
    """Objects and fields of static queries and of constant dynamic ones exist."""
    for source in project.sources.values():
        for number, text in source.parsed.errors:
            yield source.at(number, f"not Apex: {text}")
        for query in _queries(source.parsed.unit):
            for number, text in _problems(project, query):
                yield source.at(number, text)
        for call in find(source.parsed.unit, "Expr$MethodCallExpr"):
            for text in _dynamic(project, call):
                yield source.at(line(call), text)


def _queries(unit: Node | None) -> Iterator[Node]:
    """Yield all queries but those of children, whose FROM is the name of a relationship."""
    children = {id(each["query"]) for each in find(unit, "SelectExpr$SelectInnerQuery")}
    return (query for query in find(unit, "Query") if id(query) not in children)


def _dynamic(project: Project, call: Node) -> Iterator[str]:
    if dotted(call["names"]).lower() not in _DYNAMIC or not call["inputParameters"]:
        return
    text = _constant(call["inputParameters"][0])
    if text is None:
        return  # put together at run time: the Apex tests run it
    parsed = parse(f"public class Query {{ Object rows = [{text}]; }}")
    for _, problem in parsed.errors:
        yield f"not a query: {problem}"
    for query in _queries(parsed.unit):
        for _, problem in _problems(project, query):
            yield problem


def _constant(expression: Node) -> str | None:
    """Return the text of a literal, or of literals joined by ``+``."""
    if kind(expression) == "Expr$LiteralExpr":
        text = expression["literal"].get("$")
        return text if isinstance(text, str) else None
    if kind(expression) == "Expr$BinaryExpr" and expression["op"].get("$") == "ADDITION":
        left, right = _constant(expression["left"]), _constant(expression["right"])
        return None if left is None or right is None else left + right
    return None


def _problems(project: Project, query: Node) -> Iterator[tuple[int, str]]:
    """Yield line and text of what is wrong with one query."""
    table = query["from"]["exprs"][0]
    name = _path(table["table"])[0]
    alias = str((optional(table, "alias") or {}).get("value", name)).lower()
    if _fields(project, name) is None:
        yield line(table), f"there is no object {name}: spell it as in objects/"
        return
    for field in _named(query):
        path = _path(field["field"])
        if path[0].lower() in {alias, name.lower()}:
            del path[0]
        if (problem := _unknown(project, name, path)) is not None:
            yield line(field), problem


def _named(node: object) -> Iterator[Node]:
    """Yield the fields that a query names itself, without those of the queries within it."""
    inside = list(node.values()) if isinstance(node, dict) else node
    for each in inside if isinstance(inside, list) else ():
        if kind(each) == "Field":
            yield each
        elif kind(each) != "Query":
            yield from _named(each)


def _path(identifier: Node) -> list[str]:
    """Return ``["Owner", "Name"]`` for ``Owner.Name``."""
    entity = optional(identifier, "entity")
    return [*([] if entity is None else _path(entity)), str(identifier["field"]["value"])]


def _unknown(project: Project, owner: str, path: list[str]) -> str | None:
    """Follow relationships from an object; say where that ends, if it does."""
    for part in path:
        known = _fields(project, owner)
        if known is None:
            return None  # the library does not know where this relationship leads
        if part.lower() not in known:
            return f"{owner} has no field {part}: spell it as in objects/, or add it there"
        owner = known[part.lower()]
    return None


def _fields(project: Project, name: str) -> dict[str, str] | None:
    owner = project.objects.get(name.lower())
    if owner is None:
        return standard_fields(name)
    known = dict(_METADATA_TYPE if owner.is_metadata_type else _SYSTEM)
    for field, document in owner.fields.items():
        known[field] = ""
        if target := document.root.value("referenceTo"):
            known[field.removesuffix("__c") + "__r"] = target
    return known
