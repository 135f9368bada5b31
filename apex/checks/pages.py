"""Visualforce pages name controllers, actions and properties that exist."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from apex.checks.declarations import PUBLIC, Member, Type, declared
from apex.checks.finding import Finding
from apex.checks.standard_objects import standard_fields
from apex.checks.xml_tree import Element, NotXmlError, read_xml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from apex.checks.project import Project

_STANDARD_ACTIONS: Final = frozenset(
    {"cancel", "delete", "edit", "first", "last", "list", "next", "previous", "quicksave", "save"}
)
_STANDARD_GETTERS: Final = frozenset({"id", "recordtypeid", "selected"})
_EXPRESSION: Final = re.compile(r"\{!\s*([A-Za-z_$]\w*)")
_FUNCTIONS: Final = re.compile(r"\{!\s*[A-Za-z]+\s*\(")
"""A formula such as ``{!NOT(x)}``: what it names is left to the org."""
_RESULTS: Final = frozenset({"void", "pagereference"})
_NAMESPACE: Final = b'<page xmlns:apex="apex" xmlns:c="c" xmlns:flow="flow">'


def check_pages(project: Project) -> Iterator[Finding]:
    """A page can be compiled: its classes are there, and what it calls in them."""
    types = declared(project)
    for path in project.with_suffix(".page"):
        try:
            page = read_page(path)
        except NotXmlError as error:
            yield Finding(path, error.line, f"not well-formed: {error}")
            continue
        yield from _page(project, types, path, page)


def read_page(path: Path) -> Element:
    """Return the outermost element of a page.

    Raises:
        NotXmlError: the page is not well-formed, or empty.
    """
    # A page's prefixes are declared nowhere; on the first line, so that lines stay the same.
    content = _NAMESPACE + path.read_bytes() + b"</page>"
    for page in read_xml(content).children:
        return page
    raise NotXmlError(1, "there is no element")


def attributes_of(page: Element) -> dict[str, str]:
    """Return the attributes of a page by their names in lower case, as Visualforce reads them."""
    return {name.lower(): value for name, value in page.attributes.items()}


def _page(project: Project, types: dict[str, Type], path: Path, page: Element) -> Iterator[Finding]:
    attributes = attributes_of(page)
    standard = attributes.get("standardcontroller", "")
    if standard and standard.lower() not in project.objects and standard_fields(standard) is None:
        yield Finding(path, page.line, f"there is no object {standard}: spell it as in objects/")
    owners: list[Type] = []
    for role in ("controller", "extensions"):
        for name in filter(None, re.split(r"[,\s]+", attributes.get(role, ""))):
            if (owner := types.get(name.lower())) is None:
                text = f"there is no class {name}: add it, or spell it as it is"
                yield Finding(path, page.line, text)
                return
            owners.append(owner)
            yield from _constructor(path, page, owner, role, attributes)
    for element in page.below():
        yield from _actions(path, element, owners, standard)
        yield from _expressions(path, element, page, owners, standard)


def _constructor(
    path: Path, page: Element, owner: Type, role: str, attributes: dict[str, str]
) -> Iterator[Finding]:
    if not owner.marks.is_public:
        yield Finding(path, page.line, f"{owner.name} is not public: a page cannot use it")
    if role != "extensions" or not attributes.get("standardcontroller"):
        return
    taken = {
        tuple(given.lower().removeprefix("apexpages.") for _, given in each.parameters or ())
        for each in owner.named("<init>")
        if each.marks.is_public
    }
    is_list = "recordsetvar" in attributes
    wanted = "StandardSetController" if is_list else "StandardController"
    if (wanted.lower(),) not in taken:
        text = f"needs a public constructor that takes an ApexPages.{wanted}"
        why = "has" if is_list else "has no"
        yield Finding(
            path, page.line, f"the extension {owner.name} {text}: the page {why} recordSetVar"
        )


def _actions(path: Path, element: Element, owners: list[Type], standard: str) -> Iterator[Finding]:
    found = _EXPRESSION.match(element.attributes.get("action", ""))
    if found is None or found[1].startswith("$"):
        return
    name = found[1]
    methods = [each for owner in owners for each in owner.named(name)]
    if not methods:
        if not (standard and name.lower() in _STANDARD_ACTIONS):
            shown = ", ".join(each.name for each in owners) or "the standard controller"
            yield Finding(path, element.line, f"{shown} has no action {name}: add it or rename it")
    elif not any(_is_action(each) for each in methods):
        text = "must be public, without parameters, and return void or a PageReference"
        yield Finding(path, element.line, f"the action {name} {text}")


def _is_action(method: Member) -> bool:
    return (
        method.parameters == ()
        and bool(method.marks.words & PUBLIC)
        and method.type.lower().removeprefix("system.") in _RESULTS
    )


def _expressions(
    path: Path, element: Element, page: Element, owners: list[Type], standard: str
) -> Iterator[Finding]:
    variables = {each.attributes.get("var", "").lower() for each in page.below()}
    variables |= {attributes_of(page).get("recordsetvar", "").lower(), standard.lower()}
    texts = [value for key, value in element.attributes.items() if key != "action"]
    for text in [element.text, *texts]:
        if _FUNCTIONS.search(text):
            continue
        for name in _EXPRESSION.findall(text):
            known = name.startswith("$") or name.lower() in variables | _STANDARD_GETTERS
            if not known and not any(_can_read(owner, name) for owner in owners):
                yield Finding(path, element.line, f"nothing here is called {name}: add a getter")


def _can_read(owner: Type, name: str) -> bool:
    members = [*owner.named(name), *owner.named(f"get{name}")]
    return any(each.marks.is_public for each in members)
