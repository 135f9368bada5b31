"""ContentVersion, ContentDocument and ContentDocumentLink: files and where they are shown.

Source: object reference for the Salesforce platform, "ContentVersion", "ContentDocument" and
"ContentDocumentLink", cut to what functions use most.
"""

import hashlib
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, Final

from orgsim.data.schema import (
    OWNER,
    STANDARD,
    Field,
    ObjectType,
    by_name,
    of_kind,
    reference,
    texts,
)

_WHERE_FILES_ARE: Final = ("Account", "Case", "Contact", "Lead", "Opportunity", "Task", "User")
_LINKS: Final = ("ContentDocumentLink", "ContentDocumentId")
_FILE_TYPES: Final = {
    # extension: type, where that is not the extension itself
    "": "UNKNOWN",
    "doc": "WORD",
    "docx": "WORD_X",
    "jpeg": "JPG",
    "ppt": "POWER_POINT",
    "pptx": "POWER_POINT_X",
    "txt": "TEXT",
    "xls": "EXCEL",
    "xlsx": "EXCEL_X",
}

CONTENT_DOCUMENT: Final = ObjectType(
    name="ContentDocument",
    prefix="069",
    name_field="Title",
    creatable=False,  # the platform makes one for the first version of a file
    fields=by_name(
        *STANDARD,
        OWNER,
        *of_kind("string", "Title", "FileExtension", "FileType", writable="never"),
        *of_kind("int", "ContentSize", writable="never"),
        reference("LatestPublishedVersionId", "ContentVersion", writable="never"),
    ),
    children={
        "ContentVersions": ("ContentVersion", "ContentDocumentId"),
        "ContentDocumentLinks": _LINKS,
    },
)

CONTENT_VERSION: Final = ObjectType(
    name="ContentVersion",
    prefix="068",
    name_field="Title",
    fields=by_name(
        *STANDARD,
        OWNER,
        Field(name="PathOnClient", length=500, required=True, writable="create"),
        Field(name="VersionData", kind="base64", required=True, writable="create"),
        Field(name="ContentLocation", length=40, writable="create", default="S"),
        Field(name="Origin", length=40, writable="create", default="C"),
        *texts(Title=255, Description=1000, ReasonForChange=1000, TagCsv=2000),
        *of_kind(
            "string", "Checksum", "FileExtension", "FileType", "VersionNumber", writable="never"
        ),
        *of_kind("int", "ContentSize", writable="never"),
        *of_kind("boolean", "IsLatest", writable="never"),
        reference("ContentDocumentId", "ContentDocument", writable="create"),
        reference("FirstPublishLocationId", *_WHERE_FILES_ARE, writable="create"),
    ),
)

CONTENT_DOCUMENT_LINK: Final = ObjectType(
    name="ContentDocumentLink",
    prefix="06A",
    name_field="Id",
    fields=by_name(
        Field(name="Id", kind="id", writable="never"),
        Field(name="IsDeleted", kind="boolean", writable="never"),
        Field(name="SystemModstamp", kind="datetime", writable="never"),
        Field(name="ShareType", length=40, default="V"),
        Field(name="Visibility", length=40, default="AllUsers"),
        reference("ContentDocumentId", "ContentDocument", writable="create", required=True),
        reference("LinkedEntityId", *_WHERE_FILES_ARE, writable="create", required=True),
    ),
)


def of_content(version: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a version's name and content say about it."""
    content, path = version["VersionData"], PurePosixPath(version["PathOnClient"])
    extension = path.suffix.removeprefix(".")
    return {
        "Checksum": hashlib.md5(content, usedforsecurity=False).hexdigest(),
        "ContentSize": len(content),
        "FileExtension": extension or None,
        "FileType": _FILE_TYPES.get(extension.lower(), extension.upper()),
        "Title": version["Title"] or path.name,
    }
