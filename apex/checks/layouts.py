"""Layouts and lists show a field once, not too many of them, and all that a person must fill in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apex.checks.finding import Finding
    from apex.checks.project import Document, Project

_LAYOUT: Final = ".layout-meta.xml"
_LIST: Final = ".listView-meta.xml"
_SHOWN: Final = {_LAYOUT: "field", _LIST: "columns"}
_MOST_COLUMNS: Final = 15
_MOST_FILTERS: Final = 10


def check_layouts(project: Project) -> Iterator[Finding]:
    """Report what the org would not take as a layout or a list."""
    for suffix, tag in _SHOWN.items():
        for document in project.documents(suffix):
            yield from _once(document, tag)
    for document in project.documents(_LIST):
        yield from _sizes(document)
    for document in project.documents(_LAYOUT):
        yield from _required(project, document)


def _once(document: Document, tag: str) -> Iterator[Finding]:
    seen: set[str] = set()
    for element in document.root.below():
        named = element.text.lower()
        if element.tag == tag and named in seen:
            yield document.at(element, f"<{tag}> {element.text} is there twice: remove one")
        if element.tag == tag:
            seen.add(named)


def _sizes(document: Document) -> Iterator[Finding]:
    for tag, most in (("columns", _MOST_COLUMNS), ("filters", _MOST_FILTERS)):
        found = list(document.root.all(tag))
        if len(found) > most:
            yield document.at(found[most], f"a list has {most} {tag} at most: remove some")


def _required(project: Project, document: Document) -> Iterator[Finding]:
    owner = project.objects.get(document.path.name.partition("-")[0].lower())
    shown = {each.text.lower() for each in document.root.below() if each.tag == "field"}
    for name, field in owner.fields.items() if owner else ():
        if field.root.is_true("required") and name not in shown:
            wanted = field.root.value("fullName")
            yield document.at(document.root, f"{wanted} is required: show it, or nobody can save")
