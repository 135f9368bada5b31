"""Answers and requests in gzip and deflate."""

import gzip
import json
import zlib
from typing import Any

import pytest
import requests

from orgsim import Fault
from orgsim.http import compression
from tests.unit.orgsim.world import Caller

DATA = "/services/data/v57.0"
ACCOUNTS = f"{DATA}/sobjects/Account"
PACKED = gzip.compress(b'{"Name":"x"}')
LONG = {"Name": "Acme", "Description": "x" * 5000}


def send(caller: Caller, method: str, path: str, *, data: bytes = b"", **headers: str) -> Any:  # noqa: ANN401
    """Send a request; ``Accept_Encoding="gzip"`` is a header. The raw body is left to be read."""
    given = {"Authorization": f"Bearer {caller.token()}", "Content-Type": "application/json"}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    return caller.session.request(method, caller.url + path, data=data, headers=given, stream=True)


def raw(reply: requests.Response) -> bytes:
    """Return a body as it went over the wire."""
    body: bytes = reply.raw.read(decode_content=False)
    return body


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip", "gzip"),
        ("gzip, deflate", "gzip"),
        ("br;q=1.0, GZIP;q=0.5", "gzip"),
        ("deflate", "deflate"),
        ("gzip;q=0, deflate", "deflate"),
        ("identity", None),
        ("gzip;q=0", None),
        ("gzip; q=0.0", None),
        ("br", None),
        ("", None),
    ],
)
def test_long_answers_are_compressed_for_who_accepts_it(
    caller: Caller, accepted: str, coding: str | None
) -> None:
    """In gzip or deflate, of which gzip is the more common one."""
    record_id = caller.org.data.insert("Account", LONG)
    reply = send(caller, "GET", f"{ACCOUNTS}/{record_id}", Accept_Encoding=accepted)

    body = raw(reply)
    assert reply.headers.get("Content-Encoding") == coding
    assert reply.headers["Content-Length"] == str(len(body))
    unpack: Any = {"gzip": gzip.decompress, "deflate": zlib.decompress, None: bytes}[coding]
    assert json.loads(unpack(body))["Description"] == LONG["Description"]
    assert (len(body) < 2000) == bool(coding)


def test_short_answers_and_files_are_as_they_are(caller: Caller) -> None:
    """What is not worth it, and what is no JSON."""
    file = {"PathOnClient": "a", "VersionData": "A" * 8000}
    version_id = caller.org.data.insert("ContentVersion", file)
    paths = [f"{DATA}/query?q=SELECT+COUNT()+FROM+Account",
             f"{DATA}/sobjects/ContentVersion/{version_id}/VersionData"]  # fmt: skip
    replies = [send(caller, "GET", path, Accept_Encoding="gzip") for path in paths]

    assert [reply.status_code for reply in replies] == [200, 200]
    assert not any("Content-Encoding" in reply.headers for reply in replies)


def test_refusals_and_late_answers_are_compressed_too(caller: Caller) -> None:
    """Whatever the REST interface says; planned answers are what was planned."""
    caller.org.faults.add(Fault(endpoint="query", kind="latency", seconds=0.01))
    path = f"{DATA}/query?q=SELECT+{'x' * 3000}+FROM+Account"
    late = send(caller, "GET", path, Accept_Encoding="gzip")
    caller.org.faults.add(Fault(endpoint="query", kind="status", body="x" * 5000))
    planned = send(caller, "GET", path, Accept_Encoding="gzip")

    assert (late.status_code, late.headers["Content-Encoding"]) == (400, "gzip")
    assert json.loads(gzip.decompress(raw(late)))[0]["errorCode"] == "INVALID_FIELD"
    assert raw(planned) == b"x" * 5000


@pytest.mark.parametrize(
    ("coding", "pack"),
    [("gzip", gzip.compress), ("GZip", gzip.compress), ("deflate", zlib.compress)],
)
def test_requests_may_be_compressed(caller: Caller, coding: str, pack: Any) -> None:  # noqa: ANN401
    """They are unpacked before anything else."""
    body = pack(json.dumps(LONG).encode())
    made = send(caller, "POST", ACCOUNTS, data=body, Content_Encoding=coding)

    row = caller.org.data.find(made.json()["id"])
    assert row
    assert row["Description"] == LONG["Description"]


@pytest.mark.parametrize(
    ("coding", "data", "status", "code"),
    [
        pytest.param("gzip", b"{}", 400, "JSON_PARSER_ERROR", id="not-packed"),
        pytest.param("gzip", PACKED[:-9], 400, "JSON_PARSER_ERROR", id="cut-off"),
        pytest.param("gzip", PACKED + b"x", 400, "JSON_PARSER_ERROR", id="too-long"),
        pytest.param("deflate", PACKED, 400, "JSON_PARSER_ERROR", id="packed-otherwise"),
        pytest.param("br", b"{}", 415, "UNSUPPORTED_MEDIA_TYPE", id="unknown"),
        pytest.param("gzip, gzip", b"{}", 415, "UNSUPPORTED_MEDIA_TYPE", id="packed-twice"),
    ],
)
def test_what_cannot_be_unpacked_is_refused(
    caller: Caller, coding: str, data: bytes, status: int, code: str
) -> None:
    """Broken, cut off, followed by something, or packed in another way."""
    reply = send(caller, "POST", ACCOUNTS, data=data, Content_Encoding=coding)

    assert (reply.status_code, reply.json()[0]["errorCode"]) == (status, code)


def test_a_request_is_unpacked_up_to_a_size(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A small request cannot take much memory."""
    monkeypatch.setattr(compression, "LARGEST", 2000)
    packed = [gzip.compress(json.dumps({"Name": "x" * size}).encode()) for size in (200, 5000)]
    fits, too_much = [
        send(caller, "POST", ACCOUNTS, data=data, Content_Encoding="gzip") for data in packed
    ]

    assert (fits.status_code, too_much.status_code) == (201, 413)
