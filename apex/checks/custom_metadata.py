"""Records of custom metadata types fit their type, and what they name exists."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from apex.checks.permission_sets import SUFFIX

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apex.checks.finding import Finding
    from apex.checks.project import CustomObject, Document, Project
    from apex.checks.xml_tree import Element

_XSD_TYPES: Final = {
    "Checkbox": "boolean",
    "Date": "date",
    "DateTime": "dateTime",
    "Number": "double",
    "Percent": "double",
}
"""What the type of a value must be; everything else is a string."""
_WRITTEN: Final = {
    "Checkbox": re.compile("true|false"),
    "Number": re.compile(r"-?[0-9]+(?:\.[0-9]+)?"),
    "Percent": re.compile(r"-?[0-9]+(?:\.[0-9]+)?"),
}
"""How a value is written."""
_RECORD_NAME: Final = re.compile(r"[A-Za-z](?:_?[A-Za-z0-9])*")
_LONGEST_NAME: Final = 40


def check_custom_metadata(project: Project) -> Iterator[Finding]:
    """Types and fields exist, required ones are set, values have the field's type and length."""
    for document in project.documents(".md-meta.xml"):
        type_name, _, record = document.path.name.removesuffix(".md-meta.xml").partition(".")
        owner = project.objects.get(f"{type_name}__mdt".lower())
        if owner is None:
            yield document.at(document.root, f"there is no type {type_name}__mdt in objects/")
            continue
        if not _RECORD_NAME.fullmatch(record) or len(record) > _LONGEST_NAME:
            text = f"is not an API name of at most {_LONGEST_NAME} characters"
            yield document.at(document.root, f"{record!r} {text}: rename the file")
        yield from _values(document, owner)
        yield from _references(project, document)


def _values(document: Document, owner: CustomObject) -> Iterator[Finding]:
    given: set[str] = set()
    for values in document.root.all("values"):
        name, value = values.value("field"), values.first("value")
        field = owner.fields.get(name.lower())
        if name.lower() in given:
            yield document.at(values, f"{name} is given twice: remove one")
        if field is None:
            yield document.at(values, f"{owner.name} has no field {name}: spell it as in objects/")
        elif value is not None and value.attributes.get("nil") != "true":
            given.add(name.lower())
            yield from _value(document, value, field)
    for name, field in owner.fields.items():
        if field.root.is_true("required") and name not in given:
            wanted = field.root.value("fullName")
            yield document.at(document.root, f"{wanted} is required: give it a value")


def _value(document: Document, value: Element, field: Document) -> Iterator[Finding]:
    name, data_type = field.root.value("fullName"), field.root.value("type")
    wanted = _XSD_TYPES.get(data_type, "string")
    told = value.attributes.get("type", "").rpartition(":")[2]
    if told != wanted:
        yield document.at(value, f'{name} is a {data_type}: write xsi:type="xsd:{wanted}"')
    if data_type in _WRITTEN and not _WRITTEN[data_type].fullmatch(value.text):
        yield document.at(value, f"{name} is a {data_type}, which {value.text!r} is not")
    longest = field.root.value("length")
    if longest.isdecimal() and len(value.text) > int(longest):
        yield document.at(value, f"{name} holds {longest} characters, not {len(value.text)}")
    choices = [each.text for each in _choices(field)]
    if choices and value.text not in choices:
        wanted = ", ".join(choices)
        yield document.at(value, f"{name} cannot be {value.text!r}: write one of {wanted}")


def _choices(field: Document) -> Iterator[Element]:
    for element in field.root.below():
        if element.tag == "value" and (full_name := element.first("fullName")) is not None:
            yield full_name


def _references(project: Project, document: Document) -> Iterator[Finding]:
    for values in document.root.all("values"):
        name, value = values.value("field"), values.first("value")
        if value is None or not value.text:
            continue
        if name == "PermissionSetOrGroup__c":
            yield from _permission_set(project, document, value)
        elif name == "Endpoint__c":
            yield from _endpoint(project, document, value)


def _permission_set(project: Project, document: Document, value: Element) -> Iterator[Finding]:
    found = [
        each
        for each in project.documents(SUFFIX)
        if each.path.name.removesuffix(SUFFIX).lower() == value.text.lower()
    ]
    if not found:
        text = f"there is no permission set {value.text}: add it to permissionsets/"
        yield document.at(value, text)
    elif not found[0].root.is_true("hasActivationRequired"):
        text = f"{value.text} needs no activation, so a function would have it always"
        yield document.at(value, f"{text}: set <hasActivationRequired> in it")


def _endpoint(project: Project, document: Document, value: Element) -> Iterator[Finding]:
    if value.text.startswith("callout:"):
        return  # a Named Credential carries its own host, and is made in each org
    if urlsplit(value.text).scheme != "https":
        yield document.at(value, "the caller's token goes there: write an https:// address")
    sites = [
        each.root.value("url").rstrip("/")
        for each in project.documents(".remoteSite-meta.xml")
        if each.root.is_true("isActive")
    ]
    if not any(f"{value.text}/".startswith(f"{each}/") for each in sites):
        text = "is in no remote site, so Apex may not call it: add it to remoteSiteSettings/"
        yield document.at(value, f"{value.text} {text}")
