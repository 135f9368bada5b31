"""AsyncFunctionInvocationRequest__c as queries see it."""

from collections.abc import Mapping
from typing import Any

from orgsim.data.async_requests import MOST_RECORDS, TEXT_LENGTHS, AsyncRequests, object_name
from orgsim.data.schema import Field, ObjectType, by_name
from orgsim.refusals import ApiRefused
from orgsim.timestamps import timestamp


def described(async_requests: AsyncRequests, name: str) -> ObjectType | None:
    """Return the object of that name; ``None`` when it is not there."""
    try:
        namespace = async_requests.namespace_of(name)
    except ApiRefused:
        return None
    prefix = f"{namespace}__" if namespace else ""
    texts = (Field(name=prefix + each, length=most) for each, most in TEXT_LENGTHS.items())
    return ObjectType(
        name=object_name(namespace),
        prefix="a00",
        fields=by_name(
            Field(name="Id", kind="id"),
            Field(name="CreatedDate", kind="datetime"),
            Field(name="LastModifiedDate", kind="datetime"),
            Field(name=f"{prefix}StatusCode__c", kind="double"),
            *texts,
        ),
        creatable=False,
    )


def rows(async_requests: AsyncRequests, found: ObjectType) -> list[Mapping[str, Any]]:
    """Return the records, oldest first, without the deleted ones."""
    return [
        {
            **dict.fromkeys(found.fields),
            **record.fields,
            "Id": record.id,
            "CreatedDate": timestamp(record.created_at),
            "LastModifiedDate": timestamp(record.modified_at),
        }
        for record in reversed(async_requests.latest(MOST_RECORDS))
        if object_name(record.namespace) == found.name and not record.deleted
    ]
