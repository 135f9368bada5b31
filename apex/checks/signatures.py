"""Annotated methods have the signatures that their annotations ask for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from apex.checks.declarations import Member, Type, declared
from apex.checks.standard_objects import standard_fields

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apex.checks.finding import Finding
    from apex.checks.project import Project

_PRIMITIVE: Final = r"(?:blob|boolean|date|datetime|decimal|double|id|integer|long|string|time)"
_FUTURE_PARAMETER: Final = re.compile(
    rf"{_PRIMITIVE}|(?:list|set)<{_PRIMITIVE}>|map<{_PRIMITIVE},{_PRIMITIVE}>", re.IGNORECASE
)
_LIST: Final = re.compile(r"list<(.+)>", re.IGNORECASE)
_INVOCABLE: Final = re.compile(rf"{_PRIMITIVE}|object|sobject")
_KNOWN: Final = frozenset(
    (
        *("auraenabled", "deprecated", "future", "invocablemethod", "invocablevariable", "istest"),
        *("jsonaccess", "namespaceaccessible", "readonly", "remoteaction", "suppresswarnings"),
        *("testsetup", "testvisible", "restresource", "httpdelete", "httpget", "httppatch"),
        *("httppost", "httpput"),
    )
)


def check_signatures(project: Project) -> Iterator[Finding]:
    """Annotations are spelled right, and stand before what may carry them."""
    types = declared(project)
    for owner in types.values():
        yield from _known(owner)
        yield from _invocables(owner)
        yield from _setups(owner)
        for member in owner.members:
            for text in (*_problems(owner, member), *_variable(types, owner, member)):
                yield owner.source.at(member.line, text)


def _known(owner: Type) -> Iterator[Finding]:
    for marks, line in [
        (owner.marks, owner.line),
        *((each.marks, each.line) for each in owner.members),
    ]:
        for name in sorted(set(marks.annotations) - _KNOWN):
            written = marks.annotations[name]["name"]["value"]
            yield owner.source.at(line, f"@{written} is no annotation of Apex: mind its spelling")


def _invocables(owner: Type) -> Iterator[Finding]:
    found = [each for each in owner.members if "invocablemethod" in each.marks.annotations]
    for extra in found[1:]:
        yield owner.source.at(extra.line, "a class can have one @InvocableMethod: move it out")
    for each in found:
        if "." in owner.name:
            text = "an inner class cannot have an @InvocableMethod: move it out"
            yield owner.source.at(each.line, text)


def _setups(owner: Type) -> Iterator[Finding]:
    found = [each for each in owner.members if "testsetup" in each.marks.annotations]
    for extra in found[1:]:
        yield owner.source.at(extra.line, "a class can have one @TestSetup method: join them")


def _problems(owner: Type, member: Member) -> Iterator[str]:
    annotations = member.marks.annotations
    if "future" in annotations:
        yield from _future(member)
    if "invocablemethod" in annotations:
        yield from _invocable(member)
    if "invocablevariable" in annotations:
        if not member.marks.is_public or member.marks.words & {"final", "static"}:
            yield "an @InvocableVariable must be public, not final and not static"
        if not owner.marks.is_public:
            yield f"{owner.name} has an @InvocableVariable: make the class public"
    for name in ("istest", "testsetup"):
        if name in annotations:
            yield from _test(owner, member, annotations[name]["name"]["value"])


def _variable(types: dict[str, Type], owner: Type, member: Member) -> Iterator[str]:
    """Report a type that Flow has nothing for, such as an enum, a Map or an interface."""
    if "invocablevariable" not in member.marks.annotations:
        return
    held = _held(member.type)
    name = held.lower()
    ours = types.get(f"{owner.outermost}.{name}") or types.get(name)
    is_class = ours is not None and not ours.is_interface
    is_record = name.endswith(("__c", "__mdt", "__e")) or standard_fields(held) is not None
    if not (is_class or is_record or _INVOCABLE.fullmatch(name)):
        text = "an @InvocableVariable holds a primitive, a record, an object of a class"
        yield f"{text}, or a list of them, not {member.type}"


def _held(given: str) -> str:
    while found := _LIST.fullmatch(given):
        given = found[1].strip()
    return given


def _future(member: Member) -> Iterator[str]:
    if "static" not in member.marks.words or member.type.lower() != "void":
        yield "a @future method must be static void"
    for name, given in member.parameters or ():
        if not _FUTURE_PARAMETER.fullmatch(given.replace(" ", "")):
            yield f"a @future method takes primitives and lists of them, not {given} {name}"


def _invocable(member: Member) -> Iterator[str]:
    if "static" not in member.marks.words or not member.marks.is_public:
        yield "an @InvocableMethod must be public static"
    parameters = member.parameters or ()
    if len(parameters) > 1 or not all(_LIST.fullmatch(given) for _, given in parameters):
        yield "an @InvocableMethod takes one List, and nothing else"
    if member.type.lower() != "void" and not _LIST.fullmatch(member.type):
        yield f"an @InvocableMethod returns a List or void, not {member.type}"


def _test(owner: Type, member: Member, name: str) -> Iterator[str]:
    outer = owner.name.partition(".")[0]
    if member.parameters is None:
        yield f"@{name} belongs to a method or a class"
    elif "static" not in member.marks.words or member.type.lower() != "void" or member.parameters:
        yield f"an @{name} method must be static void, without parameters"
    if owner.name != outer or "istest" not in owner.marks.annotations:
        yield f"an @{name} method belongs into a top-level @IsTest class"
    if "seealldata" in str(member.marks.annotations).lower():
        yield "a test must not depend on the org's data: remove SeeAllData"
