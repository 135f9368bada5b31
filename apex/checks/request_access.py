"""Who may do what with the record that waits for an asynchronous outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from apex.checks.finding import Finding
from apex.checks.permission_sets import SUFFIX

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apex.checks.project import Document, Project

OBJECT: Final = "AsyncFunctionInvocationRequest__c"
OUTCOME: Final = ("ExtraInfo__c", "Response__c", "Status__c", "StatusCode__c")
"""The fields that the relay writes, with the function's own token."""


def check_request_access(project: Project) -> Iterator[Finding]:
    """Somebody is granted each field; every session-based set can write an outcome."""
    owner = project.objects.get(OBJECT.lower())
    if owner is None:
        yield Finding(project.root, 0, f"objects/{OBJECT} is missing: the relay writes to it")
        return
    granted = {
        grant.value("field").lower()
        for document in project.documents(SUFFIX)
        for grant in document.root.all("fieldPermissions")
        if grant.is_true("readable")
    }
    for name, field in owner.fields.items():
        needless = field.root.is_true("required") or field.root.value("type") == "MasterDetail"
        if not needless and f"{OBJECT}.{name}".lower() not in granted:
            text = "no permission set lets anybody read it: grant it in one of permissionsets/"
            yield Finding(field.path, 0, text)
    for field_name in OUTCOME:
        if field_name.lower() not in owner.fields:
            yield owner.document.at(
                owner.document.root, f"{field_name} is missing: the relay writes it"
            )
    for document in project.documents(SUFFIX):
        if document.root.is_true("hasActivationRequired"):
            yield from _writes_outcomes(document)


def _writes_outcomes(document: Document) -> Iterator[Finding]:
    editable = {
        grant.value("field").lower()
        for grant in document.root.all("fieldPermissions")
        if grant.is_true("editable")
    }
    for name in OUTCOME:
        if f"{OBJECT}.{name}".lower() not in editable:
            yield document.at(
                document.root,
                f"a session-based set is what an outcome is written with: make {OBJECT}.{name} "
                "editable",
            )
    edits = any(
        grant.value("object") == OBJECT and grant.is_true("allowEdit")
        for grant in document.root.all("objectPermissions")
    )
    if not edits:
        yield document.at(document.root, f"a session-based set needs <allowEdit> on {OBJECT}")
