"""Permission sets grant what exists, and nothing that contradicts itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from apex.checks.standard_objects import standard_fields

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apex.checks.finding import Finding
    from apex.checks.project import Document, Project
    from apex.checks.xml_tree import Element

SUFFIX: Final = ".permissionset-meta.xml"
_NEEDS: Final = {
    "allowCreate": ("allowRead",),
    "allowEdit": ("allowRead",),
    "allowDelete": ("allowRead", "allowEdit"),
    "viewAllRecords": ("allowRead",),
    "modifyAllRecords": ("allowRead", "allowEdit", "allowDelete", "viewAllRecords"),
}
"""Which permission on an object the org gives only together with which others."""
_KEYS: Final = {
    "classAccesses": "apexClass",
    "customMetadataTypeAccesses": "name",
    "fieldPermissions": "field",
    "objectPermissions": "object",
    "pageAccesses": "apexPage",
    "tabSettings": "tab",
}
"""Which element names what a grant is about."""
_COMPUTED: Final = frozenset({"AutoNumber", "Summary"})


def check_permission_sets(project: Project) -> Iterator[Finding]:
    """Every grant is about something that exists, is there once, and has what it needs."""
    yield from _types_of_records(project)
    for document in project.documents(SUFFIX):
        yield from _once(document)
        yield from _existing(project, document)
        for grant in document.root.all("objectPermissions"):
            yield from _object(document, grant)
        for grant in document.root.all("fieldPermissions"):
            yield from _field(project, document, grant)


def _types_of_records(project: Project) -> Iterator[Finding]:
    """Only who is granted a custom metadata type sees its records in user mode."""
    granted = {
        grant.value("name").lower()
        for document in project.documents(SUFFIX)
        for grant in document.root.all("customMetadataTypeAccesses")
        if grant.is_true("enabled")
    }
    for name, owner in project.objects.items():
        if owner.is_metadata_type and name not in granted:
            text = f"no permission set grants {owner.name}: add <customMetadataTypeAccesses>"
            yield owner.document.at(owner.document.root, text)


def _once(document: Document) -> Iterator[Finding]:
    seen: set[tuple[str, str]] = set()
    for grant in document.root.children:
        named = grant.value(_KEYS.get(grant.tag, "")).lower()
        if named and (grant.tag, named) in seen:
            yield document.at(grant, f"<{grant.tag}> for {named} is there twice: remove one")
        seen.add((grant.tag, named))


def _existing(project: Project, document: Document) -> Iterator[Finding]:
    classes = {name for name, each in project.sources.items() if each.path.suffix == ".cls"}
    present = {
        "classAccesses": classes,
        "pageAccesses": {path.stem.lower() for path in project.with_suffix(".page")},
        "customMetadataTypeAccesses": {
            name for name, each in project.objects.items() if each.is_metadata_type
        },
        "tabSettings": {
            each.path.name.removesuffix(".tab-meta.xml").lower()
            for each in project.documents(".tab-meta.xml")
        },
    }
    for tag, known in present.items():
        for grant in document.root.all(tag):
            named = grant.value(_KEYS[tag])
            if named.lower() not in known and not named.startswith("standard-"):
                yield document.at(grant, f"<{tag}>: there is no {named}: add it or remove this")
    for grant in document.root.all("objectPermissions"):
        named = grant.value("object")
        if named.lower() not in project.objects and standard_fields(named) is None:
            yield document.at(grant, f"there is no object {named}: spell it as in objects/")


def _object(document: Document, grant: Element) -> Iterator[Finding]:
    for flag, needed in _NEEDS.items():
        for other in needed:
            if grant.is_true(flag) and not grant.is_true(other):
                named = grant.value("object")
                yield document.at(grant, f"{named}: <{flag}> needs <{other}>: set it to true")


def _field(project: Project, document: Document, grant: Element) -> Iterator[Finding]:
    qualified = grant.value("field")
    owner, _, name = qualified.partition(".")
    field = project.field(qualified)
    if field is None and name.lower() not in (standard_fields(owner) or {}):
        yield document.at(grant, f"there is no field {qualified}: spell it as in objects/")
        return
    yield from _levels(document, grant, owner)
    if field is None:
        return
    if owner.lower().endswith("__mdt"):
        text = "fields of a custom metadata type have no permissions: grant the type"
        yield document.at(grant, f"{qualified}: {text} by <customMetadataTypeAccesses>")
    elif field.root.is_true("required") or field.root.value("type") == "MasterDetail":
        text = "is required, so everybody has it; the org refuses a grant: remove it"
        yield document.at(grant, f"{qualified} {text}")
    elif grant.is_true("editable") and (
        field.root.value("type") in _COMPUTED or field.root.value("formula")
    ):
        yield document.at(grant, f"{qualified} is computed: set <editable> to false")


def _levels(document: Document, grant: Element, owner: str) -> Iterator[Finding]:
    qualified = grant.value("field")
    objects = [
        each
        for each in document.root.all("objectPermissions")
        if each.value("object").lower() == owner.lower()
    ]
    if grant.is_true("editable") and not grant.is_true("readable"):
        yield document.at(grant, f"{qualified}: <editable> needs <readable>: set it to true")
    if grant.is_true("readable") and not any(each.is_true("allowRead") for each in objects):
        yield document.at(grant, f"{qualified}: the set cannot read {owner}: allow it, <allowRead>")
    if grant.is_true("editable") and not any(
        each.is_true("allowEdit") or each.is_true("allowCreate") for each in objects
    ):
        yield document.at(grant, f"{qualified}: the set cannot edit {owner}: allow it, <allowEdit>")
