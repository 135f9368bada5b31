"""Files: versions, the document they belong to, and the records that show it."""

import base64
import hashlib
from typing import Any

import pytest

from tests.unit.orgsim.world import Caller

DATA = "/services/data/v57.0"
ADMIN_ID = "005xx000001X8UzAAK"


def publish(caller: Caller, **fields: Any) -> dict[str, Any]:  # noqa: ANN401
    """Create a version of a file and return it."""
    values = {"PathOnClient": "offer.pdf", "VersionData": "YQ=="} | fields
    created = caller.call("POST", f"{DATA}/sobjects/ContentVersion", json=values).json()
    url = f"{DATA}/sobjects/ContentVersion/{created['id']}"
    shown: dict[str, Any] = caller.call("GET", url).json()
    return shown


def query(caller: Caller, soql: str) -> list[dict[str, Any]]:
    """Return what a query finds."""
    reply = caller.call("GET", f"{DATA}/query", params={"q": soql})
    assert reply.status_code == 200, reply.text
    records: list[dict[str, Any]] = reply.json()["records"]
    return records


def test_a_version_says_what_is_in_it(caller: Caller) -> None:
    """Size, checksum, extension and type follow from content and name; it is the latest."""
    content = b"%PDF-1.7"
    shown = publish(caller, VersionData=base64.b64encode(content).decode(), ReasonForChange="new")

    assert (
        shown
        | {
            "Checksum": hashlib.md5(content, usedforsecurity=False).hexdigest(),
            "ContentLocation": "S",
            "ContentSize": 8,
            "FileExtension": "pdf",
            "FileType": "PDF",
            "FirstPublishLocationId": ADMIN_ID,
            "IsLatest": True,
            "Origin": "C",
            "ReasonForChange": "new",
            "Title": "offer.pdf",
            "VersionNumber": "1",
        }
        == shown
    )


@pytest.mark.parametrize(
    ("path", "extension", "file_type"),
    [
        ("/home/ada/a.b.TXT", "TXT", "TEXT"),
        ("a.docx", "docx", "WORD_X"),
        ("a.png", "png", "PNG"),
        ("README", None, "UNKNOWN"),
    ],
)
def test_a_file_type_follows_from_the_name(
    caller: Caller, path: str, extension: str | None, file_type: str
) -> None:
    """By its extension, in any case."""
    shown = publish(caller, PathOnClient=path)

    assert (shown["FileExtension"], shown["FileType"]) == (extension, file_type)


def test_one_version_of_a_file_is_the_latest(caller: Caller) -> None:
    """A new version takes that from the one before; the document shows the latest."""
    first = publish(caller)
    document_id = first["ContentDocumentId"]
    second = publish(caller, ContentDocumentId=document_id, PathOnClient="b.txt", Title="B")
    other = publish(caller)

    found = query(
        caller,
        "SELECT Id, VersionNumber FROM ContentVersion WHERE IsLatest = true ORDER BY Id",
    )
    assert [(each["Id"], each["VersionNumber"]) for each in found] == [
        (second["Id"], "2"),
        (other["Id"], "1"),
    ]
    (document,) = query(
        caller,
        "SELECT Title, FileType, LatestPublishedVersion.VersionNumber,"
        " (SELECT Id FROM ContentVersions) FROM ContentDocument"
        " ORDER BY Id LIMIT 1",
    )
    assert (document["Title"], document["FileType"]) == ("B", "TEXT")
    assert document["LatestPublishedVersion"]["VersionNumber"] == "2"
    assert document["ContentVersions"]["totalSize"] == 2


def test_a_file_is_linked_to_the_record_it_was_published_at(caller: Caller) -> None:
    """To its author, too; later versions link nothing anew; others can be linked by hand."""
    account = caller.org.data.insert("Account", {"Name": "Acme"})
    contact = caller.org.data.insert("Contact", {"LastName": "Ada"})
    document_id = publish(caller, FirstPublishLocationId=account)["ContentDocumentId"]
    publish(caller, ContentDocumentId=document_id)
    link = {"ContentDocumentId": document_id, "LinkedEntityId": contact}
    linked = caller.call("POST", f"{DATA}/sobjects/ContentDocumentLink", json=link)

    assert linked.status_code == 201
    found = query(
        caller,
        "SELECT LinkedEntityId, ShareType, ContentDocument.Title FROM ContentDocumentLink"
        " ORDER BY Id",
    )
    assert [(each["LinkedEntityId"], each["ShareType"]) for each in found] == [
        (account, "V"),
        (ADMIN_ID, "I"),
        (contact, "V"),
    ]
    assert found[0]["ContentDocument"]["Title"] == "offer.pdf"


def test_a_file_of_its_author_alone_has_one_link(caller: Caller) -> None:
    """Without a place of its own it is in the author's."""
    publish(caller)

    (link,) = query(caller, "SELECT LinkedEntityId, ShareType FROM ContentDocumentLink")
    assert (link["LinkedEntityId"], link["ShareType"]) == (ADMIN_ID, "I")


def test_a_failed_graph_leaves_the_latest_version_as_it_was(caller: Caller) -> None:
    """The document and its older versions are rolled back together with the new one."""
    first = publish(caller)
    body = {"PathOnClient": "x", "VersionData": "", "ContentDocumentId": first["ContentDocumentId"]}
    steps = [
        {"method": "POST", "url": f"{DATA}/sobjects/ContentVersion", "referenceId": "a",
         "body": body | {"VersionData": "YQ=="}},
        {"method": "POST", "url": f"{DATA}/sobjects/Account", "referenceId": "b", "body": {}},
    ]  # fmt: skip
    graph = {"graphs": [{"graphId": "g", "compositeRequest": steps}]}
    reply = caller.call("POST", f"{DATA}/composite/graph", json=graph)

    assert reply.json()["graphs"][0]["isSuccessful"] is False
    (version,) = query(caller, "SELECT Id, IsLatest FROM ContentVersion")
    assert (version["Id"], version["IsLatest"]) == (first["Id"], True)
    (document,) = query(caller, "SELECT LatestPublishedVersionId FROM ContentDocument")
    assert document["LatestPublishedVersionId"] == first["Id"]
