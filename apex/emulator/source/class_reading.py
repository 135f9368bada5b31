"""Classes and triggers from syntax trees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from apex.emulator.errors import IllegalApex
from apex.emulator.source.classes import ClassInfo, Field, Method, Parameter, Program, TriggerInfo
from apex.emulator.source.source_trees import trees_of
from apex.emulator.source.statement_lines import executable_lines
from apex.parser.tree import Node, kind, line, optional, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from apex.emulator.source.schema import Schema


def load_program(schema: Schema, folders: Iterable[Path]) -> Program:
    """Read every ``.cls`` and ``.trigger`` below the folders.

    Raises:
        IllegalApex: a file does not parse, or a superclass is missing.
    """
    program = Program(schema)
    files = [
        path
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.suffix in (".cls", ".trigger")
    ]
    for path, unit in trees_of(files).items():
        program.lines[path] = executable_lines(unit)
        if kind(unit) == "CompilationUnit$TriggerDeclUnit":
            program.triggers.append(_trigger(unit, path))
        else:
            found = read_class(unit["body"], path, None)
            program.classes[found.name.lower()] = found
    return program


def modifiers_of(nodes: list[Node]) -> tuple[frozenset[str], dict[str, dict[str, str]]]:
    """Return modifiers (``static``, ``withsharing``) and annotations with their parameters."""
    plain: set[str] = set()
    annotations: dict[str, dict[str, str]] = {}
    for node in nodes:
        name = kind(node).removeprefix("Modifier$")
        if name == "Annotation":
            given = {
                text(p["key"]).lower(): _annotation(p["value"])
                for p in node["parameters"]
                if "key" in p
            }
            annotations[text(node["name"]).lower()] = given
        elif name == "TestMethodModifier":
            annotations["istest"] = {}
        else:
            plain.add(name.removesuffix("Modifier").lower())
    return frozenset(plain), annotations


def _annotation(value: Node) -> str:
    name = kind(value)
    if name.startswith("AnnotationValue$True"):
        return "true"
    return str(value.get("value", "false"))


def read_class(body: Node, path: Path | None, outer: ClassInfo | None) -> ClassInfo:
    """Return one class, interface or enum with all that is in it."""
    name = text(body["name"])
    modifiers, annotations = modifiers_of(body.get("modifiers") or [])
    what = kind(body).removesuffix("Decl").lower()
    info = ClassInfo(
        f"{outer.name}.{name}" if outer else name,
        what,
        path,
        outer,
        superclass=optional(body, "superClass"),
        interfaces=tuple(body.get("interfaces") or _one(optional(body, "superInterface"))),
        modifiers=modifiers,
        annotations=annotations,
    )
    if what == "enum":
        info.constants = tuple(text(member) for member in body["members"])
        return info
    for member in body["members"]:
        _MEMBERS[kind(member)](info, member)
    return info


def _one(node: Node | None) -> list[Node]:
    return [node] if node else []


def _read_method(info: ClassInfo, member: Node) -> None:
    decl = member["methodDecl"]
    modifiers, annotations = modifiers_of(decl["modifiers"])
    method = Method(
        text(decl["name"]),
        info,
        tuple(Parameter(text(p["name"]), p["typeRef"]) for p in decl["parameters"]),
        optional(decl, "type"),
        optional(decl, "stmnt"),
        modifiers,
        annotations,
    )
    if method.returns is None:
        info.constructors.append(method)
    else:
        info.methods.setdefault(method.name.lower(), []).append(method)


def _read_field(info: ClassInfo, member: Node) -> None:
    decls = member["variableDecls"]
    modifiers, _ = modifiers_of(decls["modifiers"])
    for decl in decls["decls"]:
        held = Field(
            text(decl["name"]), info, decls["type"], optional(decl, "assignment"), modifiers
        )
        _add_field(info, held)


def _read_property(info: ClassInfo, member: Node) -> None:
    decl = member["propertyDecl"]
    modifiers, _ = modifiers_of(decl["modifiers"])
    getter, setter = optional(decl, "getter"), optional(decl, "setter")
    held = Field(
        text(decl["name"]),
        info,
        decl["type"],
        None,
        modifiers,
        getter=optional(getter, "stmnt") if getter else None,
        setter=optional(setter, "stmnt") if setter else None,
        is_property=True,
        writable=setter is not None,
    )
    _add_field(info, held)


def _add_field(info: ClassInfo, held: Field) -> None:
    if held.name.lower() in info.fields:
        raise IllegalApex(f"{info.name} declares {held.name} twice")
    info.fields[held.name.lower()] = held
    (info.static_initialisers if held.static else info.initialisers).append(held)


def _read_inner(info: ClassInfo, member: Node) -> None:
    inner = read_class(member["body"], info.path, info)
    info.inner[inner.name.rsplit(".", 1)[-1].lower()] = inner


_MEMBERS: Final[dict[str, Callable[[ClassInfo, Node], None]]] = {
    "BlockMember$MethodMember": _read_method,
    "BlockMember$FieldMember": _read_field,
    "BlockMember$PropertyMember": _read_property,
    "BlockMember$InnerClassMember": _read_inner,
    "BlockMember$InnerInterfaceMember": _read_inner,
    "BlockMember$InnerEnumMember": _read_inner,
    "BlockMember$StmntBlockMember": lambda info, m: info.initialisers.append(m["stmnt"]),
    "BlockMember$StaticStmntBlockMember": lambda info, m: info.static_initialisers.append(
        m["stmnt"]
    ),
}


def _trigger(unit: Node, path: Path) -> TriggerInfo:
    name = text(unit["name"])
    for member in unit["members"]:
        if kind(member) not in ("BlockMember$StmntBlockMember", "BlockMember$FieldMember"):
            raise IllegalApex(
                f"{path.name}:{line(member)}: only statements are emulated in a trigger"
            )
    return TriggerInfo(
        name,
        path,
        text(unit["target"][0]),
        frozenset(usage["$"] for usage in unit["usages"]),
        tuple(unit["members"]),
        ClassInfo(name, "trigger", path),
    )
