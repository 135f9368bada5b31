"""Classes and their members as they are declared."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from apex.parser.tree import Node, dotted, find, kind, line, optional

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apex.checks.project import Project, Source

PUBLIC = frozenset({"public", "global"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Marks:
    """What stands before a declaration; all in lower case."""

    words: frozenset[str]
    """Such as ``public`` and ``static``."""
    annotations: dict[str, Node]
    """Such as ``future``, each with its node."""

    @property
    def is_public(self) -> bool:
        """Whether any class may use it."""
        return bool(self.words & PUBLIC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """A method, constructor, field or property."""

    name: str
    """As it is written; ``<init>`` is a constructor."""
    type: str
    """What it returns or holds, with type arguments; "" for a constructor."""
    parameters: tuple[tuple[str, str], ...] | None
    """Names and types; None is a field or a property."""
    marks: Marks
    line: int
    node: Node


@dataclass(frozen=True, kw_only=True, slots=True)
class Type:
    """A class or an interface; inner ones are called ``Outer.Inner``."""

    source: Source
    name: str
    marks: Marks
    extends: str
    is_interface: bool
    line: int
    members: list[Member] = field(default_factory=list)

    @property
    def outermost(self) -> str:
        """Return the name of the class around it, or its own, in lower case."""
        return self.name.partition(".")[0].lower()

    def named(self, name: str) -> list[Member]:
        """Return the members of this name, overloads and all."""
        return [each for each in self.members if each.name.lower() == name.lower()]


def declared(project: Project) -> dict[str, Type]:
    """Return all classes and interfaces, by lower-case name."""
    found: dict[str, Type] = {}
    for source in project.sources.values():
        unit = source.parsed.unit
        if unit is not None and kind(unit.get("body")) in {"ClassDecl", "InterfaceDecl"}:
            for each in _types(source, unit["body"], outer=""):
                found[each.name.lower()] = each
    return found


def _types(source: Source, body: Node, *, outer: str) -> Iterator[Type]:
    name = f"{outer}.{body['name']['value']}".lstrip(".")
    own = Type(
        source=source,
        name=name,
        marks=marks(body.get("modifiers", [])),
        extends=_type_name(optional(body, "superClass")),
        is_interface=kind(body) == "InterfaceDecl",
        line=line(body["name"]),
    )
    for member in body["members"]:
        own.members.extend(_members(member))
        if kind(member.get("body")) in {"ClassDecl", "InterfaceDecl"}:
            yield from _types(source, member["body"], outer=name)
    yield own


def _members(member: Node) -> Iterator[Member]:
    if kind(member) == "BlockMember$MethodMember":
        yield _method(member["methodDecl"])
    elif kind(member) == "BlockMember$PropertyMember":
        yield _variable(member["propertyDecl"], member["propertyDecl"])
    elif kind(member) == "BlockMember$FieldMember":
        variables = member["variableDecls"]
        for each in variables["decls"]:
            yield _variable(variables, each)


def _method(node: Node) -> Member:
    returned = optional(node, "type")
    return Member(
        name="<init>" if returned is None else node["name"]["value"],
        type=_type_name(returned),
        parameters=tuple(
            (each["name"]["value"], _type_name(each["typeRef"])) for each in node["parameters"]
        ),
        marks=marks(node["modifiers"]),
        line=line(node["name"]),
        node=node,
    )


def _variable(declaration: Node, named: Node) -> Member:
    return Member(
        name=named["name"]["value"],
        type=_type_name(declaration["type"]),
        parameters=None,
        marks=marks(declaration["modifiers"]),
        line=line(named["name"]),
        node=named,
    )


def marks(modifiers: list[Node]) -> Marks:
    """Return words and annotations."""
    return Marks(
        words=frozenset(
            kind(each).removeprefix("Modifier$").removesuffix("Modifier").lower()
            for each in modifiers
            if kind(each) != "Modifier$Annotation"
        ),
        annotations={
            each["name"]["value"].lower(): each
            for each in modifiers
            if kind(each) == "Modifier$Annotation"
        },
    )


def _type_name(node: Node | None) -> str:
    if node is None:
        return ""
    if kind(node) == "TypeRefs$ArrayTypeRef":
        return f"List<{_type_name(node['heldType'])}>"
    arguments = ",".join(_type_name(each) for each in node.get("typeArguments") or ())
    return dotted(node["names"]) + (f"<{arguments}>" if arguments else "")


def local_types(method: Node) -> dict[str, str]:
    """Return the types of a method's parameters and local variables, by lower-case name."""
    types = {
        each["name"]["value"].lower(): _type_name(each["typeRef"])
        for each in method.get("parameters", ())
    }
    for variables in find(method, "VariableDecls"):
        for each in variables["decls"]:
            types[each["name"]["value"].lower()] = _type_name(variables["type"])
    for loop in find(method, "ForControl$EnhancedForControl"):
        types[loop["init"]["name"][0]["value"].lower()] = _type_name(loop["type"])
    return types
