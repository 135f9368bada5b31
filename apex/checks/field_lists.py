"""Layouts, list views, buttons and tabs show what exists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from apex.checks.pages import attributes_of, read_page
from apex.checks.xml_tree import NotXmlError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apex.checks.finding import Finding
    from apex.checks.project import CustomObject, Document, Project
    from apex.checks.xml_tree import Element

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
_LIST_COLUMNS: Final = frozenset(
    (
        *("CREATEDBY_USER", "CREATEDBY_USER.ALIAS", "CREATED_DATE", "LAST_ACTIVITY", "LAST_UPDATE"),
        *("NAME", "OWNER.ALIAS", "OWNER.FIRST_NAME", "OWNER.LAST_NAME", "RECORDTYPE"),
        *("UPDATEDBY_USER", "UPDATEDBY_USER.ALIAS"),
    )
)
"""What lists of a custom object call its standard fields."""
_STANDARD: Final = frozenset(
    ("CreatedById", "CreatedDate", "LastModifiedById", "LastModifiedDate", "Name", "OwnerId")
)
"""What layouts call them."""
_OF_OBJECTS: Final = (".listView-meta.xml", ".compactLayout-meta.xml", ".object-meta.xml")
_LAYOUT: Final = ".layout-meta.xml"
_TAB: Final = ".tab-meta.xml"
_BUTTONS: Final = frozenset({"customButtons", "listViewButtons"})
_OF_LISTS: Final = "massActionButton"


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
    is_list = document.path.name.endswith((".listView-meta.xml", ".object-meta.xml"))
    for element in document.root.below():
        named = element.text
        if element.tag in _FIELDS and named.endswith("__c") and named.lower() not in owner.fields:
            yield document.at(element, f"{owner.name} has no field {named}: spell it as there")
        elif element.tag in _FIELDS and not named.endswith("__c"):
            allowed = _LIST_COLUMNS if is_list else _STANDARD
            if named not in allowed:
                shown = ", ".join(sorted(allowed))
                yield document.at(element, f"there is no standard field {named}: one of {shown}")
        if element.tag in _BUTTONS:
            yield from _shown_button(document, element, buttons)


def _shown_button(
    document: Document, element: Element, buttons: dict[str, bool]
) -> Iterator[Finding]:
    named = element.text
    if (is_of_lists := buttons.get(named.lower())) is None:
        yield document.at(element, f"there is no button {named}: add it to webLinks/")
    elif is_of_lists != (element.tag == "listViewButtons"):
        where = "lists" if is_of_lists else "the page of one record"
        yield document.at(element, f"{named} is a button of {where}: see its <displayType>")


def _buttons(owner: CustomObject, project: Project) -> dict[str, bool]:
    """Return the buttons of an object by lower-case name, and whether each is one of lists."""
    return {
        document.root.value("fullName").lower(): document.root.value("displayType") == _OF_LISTS
        for document in project.documents(".webLink-meta.xml")
        if document.path.parent.parent == owner.document.path.parent
    }


def _button(project: Project, document: Document) -> Iterator[Finding]:
    element = document.root.first("page")
    if element is None:
        return
    pages = {path.stem.lower(): path for path in project.with_suffix(".page")}
    if (path := pages.get(element.text.lower())) is None:
        yield document.at(element, f"there is no page {element.text}: add it to pages/")
        return
    try:
        attributes = attributes_of(read_page(path))
    except NotXmlError:
        return  # told of the page
    owner = document.path.parent.parent.name
    if attributes.get("standardcontroller", "").lower() != owner.lower():
        text = f"the page {path.stem} needs standardController={owner!r} to have a button there"
        yield document.at(element, text)
    is_list = document.root.value("displayType") == _OF_LISTS
    if is_list != ("recordsetvar" in attributes):
        text = "needs a list page: set" if is_list else "needs a page of one record: remove"
        yield document.at(element, f"this button {text} recordSetVar in {path.stem}")
