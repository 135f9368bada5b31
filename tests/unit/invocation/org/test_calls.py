"""The transport of org calls: what is tried again, when it is given up, what never happens."""

import ssl
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from invocation.errors import OrgUnavailable
from invocation.org.client import OrgClient
from invocation.org.names import AccessToken, OrgUrl
from localstack.keys import pem, rsa_key
from tests.unit.invocation.org.org_answers import CALLERS, HTML, ORG_ID, headers_of, userinfo
from tests.unit.invocation.scripted_server import (
    SOON_S,
    Connection,
    Server,
    answer,
    answering,
    closed_port,
    scripted_server,
)

GOOD = answer(userinfo())


def identify(client: OrgClient, server: Server, *, within_s: float = SOON_S) -> str:
    """Ask who the caller is, and return his name."""
    return client.identify(
        OrgUrl(server.origin), CALLERS, org_id=ORG_ID, deadline=time.monotonic() + within_s
    ).username


def failing(response: bytes) -> Callable[[Connection], None]:
    """Return a script that answers one request so and hangs up."""

    def script(connection: Connection) -> None:
        connection.request()
        connection.send(response)

    return script


def reset(connection: Connection) -> None:
    """Hang up the hard way after the request."""
    connection.request()
    connection.reset()


PASSING = {
    "reset": reset,
    "closed": failing(b""),
    "half-body": failing(GOOD[:-10]),
    "half-chunk": failing(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{"),
    "garbage": failing(b"garbage\r\n\r\n"),
    "500": failing(answer(b'[{"errorCode":"UNKNOWN_EXCEPTION"}]', status="500 Server Error")),
    "502": failing(answer(HTML, status="502 Bad Gateway")),
    "503": failing(answer(b"", status="503 Service Unavailable")),
    "599": failing(answer(b"", status="599 Whatever")),
}


@pytest.mark.parametrize("script", PASSING.values(), ids=PASSING.keys())
def test_a_passing_trouble_is_tried_once_more(
    client: OrgClient, script: Callable[[Connection], None]
) -> None:
    """A reset, a cut answer or a 5xx: the second try counts."""
    with scripted_server(script, answering(GOOD)) as server:
        assert identify(client, server) == "admin@example.com"
        assert server.connections == 2


@pytest.mark.parametrize("body", [b"", HTML], ids=["empty", "page"])
def test_the_second_try_has_a_connection_of_its_own(client: OrgClient, body: bytes) -> None:
    """Who has just failed may close the first one at any moment, and the try would be lost."""

    def fail_and_stay(connection: Connection) -> None:
        connection.request()
        connection.send(answer(body, status="503 Service Unavailable"))
        connection.until_closed()

    with scripted_server(fail_and_stay, answering(GOOD)) as server:
        assert identify(client, server) == "admin@example.com"
        assert server.connections == 2


@pytest.mark.parametrize("script", PASSING.values(), ids=PASSING.keys())
def test_a_lasting_trouble_is_told(client: OrgClient, script: Callable[[Connection], None]) -> None:
    """After the second try it is the org's outage, in words without hosts or pages."""
    with scripted_server(script) as server:
        with pytest.raises(OrgUnavailable) as failure:
            identify(client, server)

        assert len(server.requests) == 2
    assert "127.0.0.1" not in str(failure.value)
    assert str(server.port) not in str(failure.value)
    assert "maintenance" not in str(failure.value)


def test_an_org_that_refuses_connections_is_an_outage(client: OrgClient) -> None:
    """Nobody listens: told without the address."""
    with pytest.raises(OrgUnavailable) as failure:
        client.identify(
            OrgUrl(f"http://127.0.0.1:{closed_port()}"),
            CALLERS,
            org_id=ORG_ID,
            deadline=time.monotonic() + SOON_S,
        )

    assert str(failure.value) == "The org can't be reached"


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_a_redirect_is_not_followed(client: OrgClient, status: str) -> None:
    """The token stays with the org that was checked; where it moved to is for the operator."""
    with scripted_server(answering(GOOD)) as elsewhere:
        moved = answer(b"", status=status, headers=(f"Location: {elsewhere.origin}/x",))
        with scripted_server(answering(moved, moved)) as server:
            with pytest.raises(OrgUnavailable, match="redirects") as failure:
                identify(client, server)

            assert elsewhere.requests == []
            assert str(elsewhere.port) not in str(failure.value)


@pytest.mark.parametrize(
    "response",
    [
        answer(b"", status="302 Found", headers=("Location: /",)),
        answer(b"x" * 1_100_000),
        answer(HTML),
        answer(b"null"),
    ],
    ids=["redirect", "too-long", "html", "null"],
)
def test_what_will_not_pass_is_not_tried_again(client: OrgClient, response: bytes) -> None:
    """Only a reset, a timeout or a 5xx is worth a second call."""
    with scripted_server(answering(response, response)) as server:
        with pytest.raises(OrgUnavailable):
            identify(client, server)

        assert len(server.requests) == 1


def silent(connection: Connection) -> None:
    """Take the request and say nothing."""
    connection.request()
    connection.until_stopped()


@pytest.mark.slow
def test_a_first_try_that_hangs_leaves_time_for_another(client: OrgClient) -> None:
    """One connection may hang for ever: a third of the time is left for the next."""
    with scripted_server(silent, answering(GOOD)) as server:
        started = time.monotonic()
        assert identify(client, server, within_s=0.9) == "admin@example.com"

    assert 0.5 < time.monotonic() - started < 0.9


def dripping(head: bytes, data: bytes, every_s: float = 0.01) -> Callable[[Connection], None]:
    """Return a script that answers a byte at a time, never to the end."""

    def script(connection: Connection) -> None:
        connection.request()
        connection.send(head)
        connection.drip(data, every_s=every_s)
        connection.until_stopped()

    return script


HEAD = GOOD.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
ENDLESS = {
    "silence": silent,
    "dripping-head": dripping(b"HTTP/1.1 200 OK\r\nA: ", b"b" * 300),
    "dripping-status-line": dripping(b"", b"HTTP/1.1 200 " + b"x" * 300),
    "dripping-body": dripping(HEAD, b" " * 300),
    "dripping-chunks": dripping(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n" * 60
    ),
    "dripping-until-close": dripping(b"HTTP/1.1 200 OK\r\n\r\n", b" " * 300),
    "dripping-interim": dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 12),
}


@pytest.mark.parametrize("script", ENDLESS.values(), ids=ENDLESS.keys())
def test_the_deadline_is_that_of_both_tries_together(
    client: OrgClient, script: Callable[[Connection], None]
) -> None:
    """Bytes that keep coming do not keep a call alive: at the deadline it is over."""
    with scripted_server(script) as server:
        started = time.monotonic()
        with pytest.raises(OrgUnavailable, match="did not answer in time"):
            identify(client, server, within_s=0.3)
        took_s = time.monotonic() - started

    assert took_s < 0.8


def test_calls_that_hung_take_nothing_from_those_after_them() -> None:
    """An org that dripped for a while is asked again as soon as it recovers."""
    hanging = dripping(b"HTTP/1.1 200 OK\r\nA: ", b"b" * 10_000)
    client = OrgClient(connections=2)

    with scripted_server(hanging, hanging, answering(GOOD)) as server:
        with pytest.raises(OrgUnavailable):
            identify(client, server, within_s=0.3)
        before = server.connections
        name = identify(client, server, within_s=2)
        client.close()

    assert (before, name) == (2, "admin@example.com")


@pytest.mark.slow
def test_a_body_that_stalls_late_does_not_double_the_time(client: OrgClient) -> None:
    """The wait for the next byte shrinks as the deadline comes closer."""

    def script(connection: Connection) -> None:
        connection.request()
        connection.send(HEAD)
        connection.drip(b" " * 55, every_s=0.01)
        connection.until_stopped()

    with scripted_server(script) as server:
        started = time.monotonic()
        with pytest.raises(OrgUnavailable):
            identify(client, server, within_s=0.9)

        assert time.monotonic() - started < 1.0


@pytest.mark.parametrize("left_s", [0.0, -1.0])
def test_without_time_nobody_is_asked(client: OrgClient, left_s: float) -> None:
    """At the deadline no token leaves any more."""
    with scripted_server(answering(GOOD)) as server:
        with pytest.raises(OrgUnavailable, match="did not answer in time"):
            identify(client, server, within_s=left_s)

        assert server.connections == 0


def self_signed(folder: Path) -> tuple[Path, Path]:
    """Write a certificate for localhost that nobody vouches for, and its key."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(rsa_key().public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(rsa_key(), hashes.SHA256())
    )
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(pem(rsa_key()))
    return folder / "certificate.pem", folder / "key.pem"


def test_netrc_does_not_replace_the_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A login of the operator's for the same host, lying about, is not sent."""
    netrc = tmp_path / ".netrc"
    netrc.write_text(
        "machine 127.0.0.1 login operator password hunter2\ndefault login x password y\n"
    )
    (tmp_path / "_netrc").write_text(netrc.read_text())
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HOME", str(tmp_path))
    client = OrgClient(connections=1)

    with scripted_server(answering(GOOD)) as server:
        identify(client, server)
        client.close()

        assert headers_of(server.requests[0])["authorization"] == f"Bearer {CALLERS}"


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"])
def test_proxies_of_the_environment_see_nothing(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy setting meant for something else does not get the tokens."""
    with scripted_server(answering(GOOD)) as other, scripted_server(answering(GOOD)) as server:
        for name in (variable, variable.lower()):
            monkeypatch.setenv(name, other.origin)
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        client = OrgClient(connections=1)
        identify(client, server)
        client.close()

        assert other.connections == 0
        assert server.connections == 1


def test_certificates_are_checked_whatever_the_environment_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A server with a certificate of its own gets no token, also when a variable trusts it."""
    certificate, key = self_signed(tmp_path)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, str(certificate))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    received: list[bytes] = []

    def script(connection: Connection) -> None:
        with tls.wrap_socket(connection.sock.dup(), server_side=True) as secure:
            received.append(secure.recv(1000))
            secure.sendall(GOOD)

    client = OrgClient(connections=1)
    with scripted_server(script) as server:
        with pytest.raises(OrgUnavailable, match=r"^The org can't be reached\Z"):
            client.identify(
                OrgUrl(f"https://localhost:{server.port}"),
                CALLERS,
                org_id=ORG_ID,
                deadline=time.monotonic() + SOON_S,
            )
        client.close()

    assert received == []


@pytest.mark.parametrize("domain", ["", "; Domain=127.0.0.1", "; Domain=.salesforce.com; Path=/"])
def test_no_cookie_is_sent_back(client: OrgClient, domain: str) -> None:
    """The session is shared by all callers: what the org set for one is not sent for another."""
    with_cookie = answer(
        userinfo(), headers=("Content-Type: application/json", f"Set-Cookie: sid=abc{domain}")
    )

    with scripted_server(answering(with_cookie, with_cookie, GOOD)) as server:
        for _ in range(3):
            identify(client, server)

        assert ["cookie" in headers_of(request) for request in server.requests] == [False] * 3
        assert server.connections == 1


def test_callers_share_connections_not_tokens(client: OrgClient) -> None:
    """Four threads over kept connections: each call carries its own token."""

    def echo(connection: Connection) -> None:
        while request := connection.request():
            token = headers_of(request)["authorization"].removeprefix("Bearer ")
            connection.send(answer(userinfo(preferred_username=token)))

    wrong: list[str] = []

    def work(number: int) -> None:
        for turn in range(25):
            token = AccessToken(f"token{number}.{turn}")
            caller = client.identify(
                OrgUrl(server.origin), token, org_id=ORG_ID, deadline=time.monotonic() + SOON_S
            )
            if caller.username != token:
                wrong.append(token)

    with scripted_server(echo) as server:
        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(SOON_S)
        client.close()

        assert wrong == []
        assert len(server.requests) == 100
        assert server.connections <= 4
