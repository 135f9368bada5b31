"""Custom objects and fields are such as the org takes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apex.checks.finding import Finding
    from apex.checks.project import CustomObject, Document, Project

LONGEST_TEXT: Final = 255
LONG_TEXT: Final = range(256, 131_072 + 1)
"""Characters that a LongTextArea may be declared with."""
MOST_DIGITS: Final = 18
_NAME: Final = re.compile(r"[A-Za-z](?:_?[A-Za-z0-9])*__c")
_LONGEST_NAME: Final = 40
_METADATA_TYPES: Final = frozenset(
    (
        *("Checkbox", "Date", "DateTime", "Email", "LongTextArea", "MetadataRelationship"),
        *("Number", "Percent", "Phone", "Picklist", "Text", "TextArea", "Url"),
    )
)
"""Types that a field of a custom metadata type may have."""
_NEEDS: Final = {
    "Text": ("length",),
    "LongTextArea": ("length", "visibleLines"),
    "Html": ("length", "visibleLines"),
    "Number": ("precision", "scale"),
    "Currency": ("precision", "scale"),
    "Percent": ("precision", "scale"),
    "Checkbox": ("defaultValue",),
    "Picklist": ("valueSet",),
    "MultiselectPicklist": ("valueSet", "visibleLines"),
    "Lookup": ("referenceTo", "relationshipName"),
    "MasterDetail": ("referenceTo", "relationshipName"),
    "MetadataRelationship": ("referenceTo", "relationshipName"),
}
_NEVER_REQUIRED: Final = frozenset({"Checkbox", "Html", "LongTextArea", "AutoNumber"})
_CAN_BE_UNIQUE: Final = frozenset({"Email", "Number", "Text"})


def check_fields(project: Project) -> Iterator[Finding]:
    """Names, types, lengths and options of fields fit together."""
    for owner in project.objects.values():
        yield from _object(owner)
        for field in owner.fields.values():
            yield from _field(owner, field)
            yield from _sizes(field)
            yield from _options(field)


def _object(owner: CustomObject) -> Iterator[Finding]:
    root = owner.document.root
    wanted = f"{owner.name}.object-meta.xml"
    if owner.document.path.name != wanted:
        yield owner.document.at(root, f"the file must be called {wanted}, as its folder is")
    if len(owner.name.rpartition("__")[0]) > _LONGEST_NAME:
        text = f"is longer than {_LONGEST_NAME} characters: rename its folder"
        yield owner.document.at(root, f"the name of {owner.name} {text}")
    if owner.is_metadata_type or owner.is_event:
        what = "platform event" if owner.is_event else "custom metadata type"
        if (sharing := root.first("sharingModel")) is not None:
            yield owner.document.at(sharing, f"a {what} has no <sharingModel>")
    of_events = ("deploymentStatus", "eventType", "publishBehavior")
    of_records = ("deploymentStatus", "nameField", "sharingModel")
    for needed in () if owner.is_metadata_type else of_events if owner.is_event else of_records:
        if root.first(needed) is None:
            yield owner.document.at(root, f"<CustomObject> needs an element <{needed}>: add it")


def _field(owner: CustomObject, field: Document) -> Iterator[Finding]:
    root = field.root
    told = root.value("fullName")
    name = field.path.name.removesuffix(".field-meta.xml")
    if told != name:
        yield field.at(root.first("fullName") or root, f"<fullName> is {told}, the file {name}")
    if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME + len("__c"):
        text = f"not an API name of at most {_LONGEST_NAME} characters and __c"
        yield field.at(root, f"{name} is {text}")
    data_type = root.value("type")
    if owner.is_metadata_type and data_type not in _METADATA_TYPES:
        yield field.at(root, f"a custom metadata type cannot have a field of type {data_type}")
    if data_type == "MetadataRelationship" and not owner.is_metadata_type:
        yield field.at(root, "only a custom metadata type has a MetadataRelationship")


def _sizes(field: Document) -> Iterator[Finding]:
    root = field.root
    data_type = root.value("type")
    for needed in _NEEDS.get(data_type, ()):
        if root.first(needed) is None and not root.value("formula"):
            yield field.at(root, f"a {data_type} needs an element <{needed}>: add it")
    for tag, allowed in _allowed_sizes(data_type):
        element = root.first(tag)
        if element is None:
            continue
        size = int(element.text) if element.text.isdecimal() else -1
        if size not in allowed:
            text = f"<{tag}> of a {data_type} must be {allowed.start} to {allowed.stop - 1}"
            yield field.at(element, f"{text}, not {element.text!r}")
    if _whole(root.value("scale")) > _whole(root.value("precision", str(MOST_DIGITS))):
        yield field.at(root, "<scale> is part of <precision>: it cannot be larger")


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() else 0


def _allowed_sizes(data_type: str) -> Iterator[tuple[str, range]]:
    if data_type == "Text":
        yield "length", range(1, LONGEST_TEXT + 1)
    if data_type in {"LongTextArea", "Html"}:
        yield "length", LONG_TEXT
        yield "visibleLines", range(2, 51)
    if data_type in {"Currency", "Number", "Percent"}:
        yield "precision", range(1, MOST_DIGITS + 1)
        yield "scale", range(MOST_DIGITS)


def _options(field: Document) -> Iterator[Finding]:
    root = field.root
    data_type = root.value("type")
    if root.is_true("required") and data_type in _NEVER_REQUIRED:
        yield field.at(root, f"a {data_type} cannot be <required>: set it to false")
    for tag in ("unique", "externalId"):
        if root.is_true(tag) and data_type not in _CAN_BE_UNIQUE:
            yield field.at(root, f"a {data_type} cannot be <{tag}>: set it to false")
    if root.first("length") is not None and "length" not in _NEEDS.get(data_type, ()):
        yield field.at(root, f"a {data_type} has no <length>: remove it")
