"""Records over REST: ``/services/data/vNN.0/sobjects/...``, for every kind of object.

Source: REST API developer guide, "sObject Basic Information", "sObject Rows", "sObject Blob
Retrieve".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import falcon

from orgsim.data.async_requests import object_name
from orgsim.data.objects import object_type
from orgsim.http.json_body import json_object
from orgsim.http.rest import RestResource
from orgsim.org import SimulatedOrg
from orgsim.refusals import not_found
from orgsim.soql.answer import attributes, shown_value
from orgsim.timestamps import timestamp


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """What the interface says to one request about one record."""

    status: int
    body: dict[str, Any] | None = None
    location: str = ""
    """Where a new record is."""


class Sobjects:
    """What can be done with a record. Every method raises `ApiRefused` when it cannot be done."""

    def __init__(self, org: SimulatedOrg, version: str, username: str) -> None:
        """Act in ``org`` as the user of that name, in that version of the interface."""
        self._org = org
        self._version = version
        self._username = username

    def create(self, sobject: str, values: Mapping[str, Any]) -> Reply:
        """Insert a record."""
        found = object_type(sobject)
        if found:
            record_id = self._org.data.create(found, values, username=self._username)
        else:
            namespace = self._org.records.namespace_of(sobject)
            record_id = self._org.records.create(
                values, namespace=namespace, username=self._username
            ).id
        location = f"/services/data/{self._version}/sobjects/{sobject}/{record_id}"
        body = {"id": record_id, "success": True, "errors": []}
        return Reply(status=201, body=body, location=location)

    def get(self, sobject: str, record_id: str) -> Reply:
        """Return all fields of a record."""
        found = object_type(sobject)
        if found is None:
            return Reply(status=200, body=self._async_request(sobject, record_id))
        row = self._org.data.get(found, record_id)
        values = {name: shown_value(self._version, found, row, name) for name in found.fields}
        return Reply(
            status=200, body={"attributes": attributes(self._version, found, row), **values}
        )

    def update(self, sobject: str, record_id: str, values: Mapping[str, Any]) -> Reply:
        """Change the given fields of a record."""
        found = object_type(sobject)
        if found:
            self._org.data.update(found, record_id, values, username=self._username)
        else:
            namespace = self._org.records.namespace_of(sobject)
            self._org.records.update(
                record_id, values, namespace=namespace, username=self._username
            )
        return Reply(status=204)

    def delete(self, sobject: str, record_id: str) -> Reply:
        """Delete a record."""
        found = object_type(sobject)
        if found:
            self._org.data.delete(found, record_id)
        else:
            namespace = self._org.records.namespace_of(sobject)
            self._org.records.delete(record_id, namespace=namespace, username=self._username)
        return Reply(status=204)

    def content(self, sobject: str, record_id: str, name: str) -> bytes:
        """Return the content of a binary field."""
        found = object_type(sobject)
        field = found.fields.get(name) if found else None
        if found is None or field is None or field.kind != "base64":
            raise not_found()
        content: bytes = self._org.data.get(found, record_id)[name]
        return content

    def _async_request(self, sobject: str, record_id: str) -> dict[str, Any]:
        namespace = self._org.records.namespace_of(sobject)
        record = self._org.records.get(record_id, namespace=namespace)
        name = object_name(namespace)
        url = f"/services/data/{self._version}/sobjects/{name}/{record.id}"
        return {
            "attributes": {"type": name, "url": url},
            "Id": record.id,
            "IsDeleted": False,
            "CreatedDate": timestamp(record.created_at),
            "LastModifiedDate": timestamp(record.modified_at),
            **record.fields,
        }


class SobjectResource(RestResource):
    """``POST /services/data/vNN.0/sobjects/{object}``."""

    def on_post(
        self, req: falcon.Request, resp: falcon.Response, version: str, sobject: str
    ) -> None:
        """Insert a record."""
        session = self._enter(req, resp, version)
        sobjects = Sobjects(self._org, version, session.username)
        reply = sobjects.create(sobject, json_object(req))
        resp.status = falcon.code_to_http_status(reply.status)
        resp.location = reply.location
        resp.media = reply.body


_ALWAYS = ("attributes", "Id")


class RecordResource(RestResource):
    """``/services/data/vNN.0/sobjects/{object}/{id}``."""

    def on_get(
        self, req: falcon.Request, resp: falcon.Response, version: str, sobject: str, record_id: str
    ) -> None:
        """Answer with the record's fields, or with those that ``?fields=`` lists."""
        session = self._enter(req, resp, version)
        body = Sobjects(self._org, version, session.username).get(sobject, record_id).body
        if isinstance(body, dict) and (wanted := req.get_param_as_list("fields", delimiter=",")):
            body = {name: value for name, value in body.items() if name in {*wanted, *_ALWAYS}}
        resp.media = body

    def on_patch(
        self, req: falcon.Request, resp: falcon.Response, version: str, sobject: str, record_id: str
    ) -> None:
        """Change the given fields."""
        session = self._enter(req, resp, version)
        sobjects = Sobjects(self._org, version, session.username)
        sobjects.update(sobject, record_id, json_object(req))
        resp.status = falcon.HTTP_204

    def on_post(
        self, req: falcon.Request, resp: falcon.Response, version: str, sobject: str, record_id: str
    ) -> None:
        """Do as ``PATCH`` when ``?_HttpMethod=PATCH`` says so: for clients that have no PATCH.

        Raises:
            falcon.HTTPMethodNotAllowed: it does not.
        """
        if req.get_param("_HttpMethod") != "PATCH":
            raise falcon.HTTPMethodNotAllowed(["DELETE", "GET", "PATCH"])
        self.on_patch(req, resp, version, sobject, record_id)

    def on_delete(
        self, req: falcon.Request, resp: falcon.Response, version: str, sobject: str, record_id: str
    ) -> None:
        """Delete the record."""
        session = self._enter(req, resp, version)
        Sobjects(self._org, version, session.username).delete(sobject, record_id)
        resp.status = falcon.HTTP_204


class ContentResource(RestResource):
    """``GET /services/data/vNN.0/sobjects/{object}/{id}/{binary field}``."""

    def on_get(self, req: falcon.Request, resp: falcon.Response, version: str, **path: str) -> None:
        """Answer with the bytes."""
        session = self._enter(req, resp, version)
        sobjects = Sobjects(self._org, version, session.username)
        resp.data = sobjects.content(path["sobject"], path["record_id"], path["field"])
        resp.content_type = "application/octetstream"  # the platform's own spelling
