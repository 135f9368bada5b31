"""Layouts, list views, buttons and tabs show what exists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apex.checks.finding import Finding
    from apex.checks.project import CustomObject, Document, Project

_FIELDS: Final = frozenset(
    {
        "columns",
        "customTabListAdditionalFields",
        "field",
        "fields",
        "lookupDialogsAdditionalFields",
        "searchFilterFields",
        "searchResultsAdditionalFields",
    }
)
"""Elements that name a field."""
_OF_OBJECTS: Final = (".listView-meta.xml", ".compactLayout-meta.xml", ".object-meta.xml")
_LAYOUT: Final = ".layout-meta.xml"
_TAB: Final = ".tab-meta.xml"
_BUTTONS: Final = frozenset({"customButtons", "listViewButtons"})


def check_field_lists(project: Project) -> Iterator[Finding]:
    """Custom fields, buttons, pages and objects that are shown are there."""
    for document in project.documents():
        name = document.path.name
        if name.endswith(_OF_OBJECTS):
            folder = document.path.parent
            owner = folder.name if name.endswith(".object-meta.xml") else folder.parent.name
            yield from _shown(project, document, owner)
        elif name.endswith(_LAYOUT):
            yield from _shown(project, document, name.partition("-")[0])
        elif name.endswith(".webLink-meta.xml"):
            yield from _button(project, document)
        elif name.endswith(_TAB) and document.root.is_true("customObject"):
            wanted = name.removesuffix(_TAB)
            if wanted.lower() not in project.objects:
                text = f"there is no object {wanted}: the file is called as in objects/"
                yield document.at(document.root, text)


def _shown(project: Project, document: Document, name: str) -> Iterator[Finding]:
    owner = project.objects.get(name.lower())
    if owner is None:
        if name.endswith(("__c", "__mdt")):
            yield document.at(document.root, f"there is no object {name}: spell it as in objects/")
        return
    buttons = _buttons(owner, project)
    for element in document.root.below():
        named = element.text
        if element.tag in _FIELDS and named.endswith("__c") and named.lower() not in owner.fields:
            yield document.at(element, f"{owner.name} has no field {named}: spell it as there")
        if element.tag in _BUTTONS and named.lower() not in buttons:
            yield document.at(element, f"there is no button {named}: add it to webLinks/")


def _buttons(owner: CustomObject, project: Project) -> set[str]:
    return {
        document.root.value("fullName").lower()
        for document in project.documents(".webLink-meta.xml")
        if document.path.parent.parent == owner.document.path.parent
    }


def _button(project: Project, document: Document) -> Iterator[Finding]:
    page = document.root.first("page")
    pages = {path.stem.lower() for path in project.with_suffix(".page")}
    if page is not None and page.text.lower() not in pages:
        yield document.at(page, f"there is no page {page.text}: add it to pages/")
