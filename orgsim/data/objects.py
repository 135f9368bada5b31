"""Every object whose records can be queried, and how they are found."""

from typing import Final

from orgsim.data.files import CONTENT_DOCUMENT, CONTENT_DOCUMENT_LINK, CONTENT_VERSION
from orgsim.data.sales import ACCOUNT, CONTACT, LEAD, OPPORTUNITY
from orgsim.data.schema import Field, ObjectType, by_name, of_kind
from orgsim.data.service import CASE, TASK

_USER: Final = ObjectType(
    name="User",
    prefix="005",
    creatable=False,  # the control API does that
    fields=by_name(
        Field(name="Id", kind="id", writable="never"),
        *of_kind("boolean", "IsActive", writable="never"),
        *of_kind("string", "Name", "FirstName", "LastName", "Email", "Username", writable="never"),
    ),
)

OBJECTS: Final = (
    ACCOUNT,
    CASE,
    CONTACT,
    CONTENT_DOCUMENT,
    CONTENT_DOCUMENT_LINK,
    CONTENT_VERSION,
    LEAD,
    OPPORTUNITY,
    TASK,
    _USER,
)
"""Every object but AsyncFunctionInvocationRequest__c, which is a module of its own."""

NAME: Final = ObjectType(
    name="Name",
    prefix="",
    fields=by_name(
        Field(name="Id", kind="id"),
        *of_kind("string", "Name", "Type", "FirstName", "LastName", "Email", "Phone", "Title"),
        *of_kind("string", "Username"),
        *of_kind("boolean", "IsActive"),
    ),
)
"""What queries see of a parent that may be one of several objects, such as ``What`` of a Task.

Source: object reference, "Name"; SOQL and SOSL reference, "Understanding Polymorphic Keys and
Relationships".
"""


def object_type(name: str) -> ObjectType | None:
    """Return the object of that name, spelled exactly so."""
    return next((each for each in OBJECTS if each.name == name), None)


def object_of(record_id: str) -> ObjectType | None:
    """Return the object that a record of this id is of."""
    return next((each for each in OBJECTS if record_id.startswith(each.prefix)), None)


def parent_type(reference: Field) -> ObjectType:
    """Return the object whose fields queries know behind a reference."""
    if len(reference.refers_to) > 1:
        return NAME
    found = object_type(reference.refers_to[0])
    assert found  # noqa: S101  # a test goes through all of them
    return found
