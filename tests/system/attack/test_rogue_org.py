"""A stranger's server wants the caller's token, an assertion or the function's: it gets none."""

import base64
import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import pytest

from localstack.apex import apex_request, decode_context
from localstack.org import new_org
from localstack.seed import ORG_ID
from orgsim import Fault, SimulatedOrg, running
from tests.support.fake_function import FakeFunction, fake_function
from tests.support.world import World, error_of, running_world


@dataclass(kw_only=True)
class Rogue:
    """What reached the stranger's server; it answers as if it were the victim's org."""

    port: int = 0
    connections: int = 0
    requests: list[tuple[str, str, bytes]] = field(default_factory=list)
    """Request line, headers, body."""

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.rogue.requests.append((self.requestline, str(self.headers), body))
        lie = json.dumps(
            {
                "organization_id": ORG_ID,
                "user_id": "005xx000001X8UzAAK",
                "preferred_username": "admin@example.com",
                "active": True,
                "access_token": "00Dxx0000006IYJ!rogue",
            }
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(lie)))
        self.end_headers()
        self.wfile.write(lie)

    do_GET = do_POST = do_PUT = do_PATCH = do_CONNECT = do_OPTIONS = _answer  # noqa: N815

    def log_message(self, *arguments: Any) -> None:  # noqa: ANN401
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, rogue: Rogue) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.rogue = rogue

    def get_request(self) -> Any:  # noqa: ANN401
        """Count whoever connects, also without saying a word of HTTP (a TLS hello, say)."""
        self.rogue.connections += 1
        return super().get_request()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """A connection that is not HTTP has been counted."""


@contextlib.contextmanager
def _rogue_server() -> Iterator[Rogue]:
    rogue = Rogue()
    with _Server(rogue) as server:
        rogue.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield rogue
        finally:
            server.shutdown()
            thread.join()


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A proxy, the org it should talk to, and a stranger."""

    world: World
    function: FakeFunction
    rogue: Rogue

    def check_rogue_got_nothing(self, *, assertions: int) -> None:
        """Check that nobody came, and that only ``assertions`` were signed for the true org.

        Raises:
            AssertionError: something got out.
        """
        assert (self.rogue.connections, self.rogue.requests) == (0, [])
        assert self.world.org.counters()["assertions_received"] == assertions


def _environment(rogue: Rogue, folder: Path) -> dict[str, str]:
    """Return variables that make most HTTP clients go through, or log in for, the rogue."""
    netrc = folder / "netrc"
    netrc.write_text("default login rogue password rogue\n")
    netrc.chmod(0o600)
    (folder / ".netrc").write_text(netrc.read_text())
    (folder / ".netrc").chmod(0o600)
    names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "FTP_PROXY")
    proxies = dict.fromkeys([*names, *(name.lower() for name in names)], rogue.url)
    return proxies | {
        "NETRC": str(netrc),
        "HOME": str(folder),
        "NO_PROXY": "",
        "no_proxy": "",
        "REQUESTS_CA_BUNDLE": str(netrc),
        "CURL_CA_BUNDLE": str(netrc),
    }


@contextlib.contextmanager
def _scene(folder: Path, *, pinned: bool) -> Iterator[Scene]:
    org: SimulatedOrg = new_org()
    with (
        running(org) as org_url,
        fake_function() as function,
        _rogue_server() as rogue,
        running_world(
            org,
            org_url,
            function,
            folder,
            **_environment(rogue, folder),
            **({} if pinned else {"ORG_DOMAIN_URL": ""}),
        ) as world,
    ):
        yield Scene(world=world, function=function, rogue=rogue)


@pytest.fixture(scope="module")
def pinned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """ORG_DOMAIN_URL is the org's."""
    with _scene(tmp_path_factory.mktemp("pinned"), pinned=True) as scene:
        yield scene


@pytest.fixture(scope="module")
def unpinned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """ORG_DOMAIN_URL is not set: any My Domain host of Salesforce, and no other, is an org."""
    with _scene(tmp_path_factory.mktemp("unpinned"), pinned=False) as scene:
        yield scene


@pytest.fixture
def scene(request: pytest.FixtureRequest, mode: str) -> Scene:
    """Either of the two, with nothing counted yet."""
    scene: Scene = request.getfixturevalue(mode)
    scene.world.org.journal.reset()
    scene.world.org.faults.clear()
    scene.function.received.clear()
    return scene


BOTH: Final = pytest.mark.parametrize("mode", ["pinned", "unpinned"])
PINNED: Final = pytest.mark.parametrize("mode", ["pinned"])

# {rogue} and {org} are host:port of the two servers, {port} is the rogue's port alone.
HOSTILE: Final = {
    "plain": "http://{rogue}",
    "tls": "https://{rogue}",
    "localhost": "http://localhost:{port}",
    "ipv6-loopback": "http://[::1]:{port}",
    "ipv6-mapped": "http://[::ffff:127.0.0.1]:{port}",
    "any-address": "http://0.0.0.0:{port}",
    "decimal-address": "http://2130706433:{port}",
    "octal-address": "http://0177.0.0.1:{port}",
    "hexadecimal-address": "http://0x7f000001:{port}",
    "short-address": "http://127.1:{port}",
    "no-scheme": "{rogue}",
    "scheme-relative": "//{rogue}",
    "no-slashes": "http:{rogue}",
    "upper-case-scheme": "HTTP://{rogue}",
    "file": "file:///etc/passwd",
    "gopher": "gopher://{rogue}/_x",
    "unix": "http+unix://%2Ftmp%2Fsocket",
    "data": "data:application/json,x",
    "org-as-user": "http://{org}@{rogue}",
    "org-as-user-and-password": "http://{org}:x@{rogue}",
    "org-as-user-escaped": "http://{org}%40{rogue}",
    "my-domain-as-user": "https://acme.my.salesforce.com@{rogue}",
    "my-domain-as-user-2": "https://acme.my.salesforce.com:443@{rogue}",
    "my-domain-as-password": "https://x:acme.my.salesforce.com@{rogue}",
    "my-domain-as-path": "https://{rogue}/acme.my.salesforce.com",
    "my-domain-as-query": "https://{rogue}?.my.salesforce.com",
    "my-domain-as-fragment": "https://{rogue}#.my.salesforce.com",
    "my-domain-after-backslash": "https://{rogue}\\.my.salesforce.com",
    "my-domain-after-escaped-slash": "https://{rogue}%2f.my.salesforce.com",
    "my-domain-after-nul": "https://{rogue}\x00.my.salesforce.com",
    "my-domain-after-newline": "https://{rogue}\n.my.salesforce.com",
    "my-domain-after-crlf": "https://{rogue}\r\n.my.salesforce.com",
    "my-domain-after-tab": "https://{rogue}\t.my.salesforce.com",
    "my-domain-after-space": "https://{rogue} .my.salesforce.com",
    "my-domain-as-prefix": "https://acme.my.salesforce.com.evil.example",
    "my-domain-with-port": "https://acme.my.salesforce.com:{port}",
    "my-domain-with-path": "https://acme.my.salesforce.com/x",
    "my-domain-with-query": "https://acme.my.salesforce.com?x",
    "my-domain-with-fragment": "https://acme.my.salesforce.com#x",
    "my-domain-with-dot": "https://acme.my.salesforce.com.",
    "my-domain-with-two-slashes": "https://acme.my.salesforce.com//",
    "my-domain-with-newline": "https://acme.my.salesforce.com\n",
    "my-domain-with-space-first": " https://acme.my.salesforce.com",
    "my-domain-in-upper-case": "https://ACME.my.salesforce.com",
    "my-domain-by-http": "http://acme.my.salesforce.com",
    "my-domain-without-name": "https://my.salesforce.com",
    "my-domain-with-empty-name": "https://.my.salesforce.com",
    "my-domain-of-two-names": "https://evil.example.my.salesforce.com",
    "my-domain-of-site": "https://acme.my.site.com",
    "my-domain-of-sites": "https://acme.my.salesforce-sites.com",
    "my-domain-of-force": "https://acme.my.force.com",
    "my-domain-without-dot": "https://evilmy.salesforce.com",
    "my-domain-cyrillic": "https://acme.my.s\u0430lesforce.com",
    "my-domain-full-width": "https://acme.my\uff0esalesforce.com",
    "my-domain-ideographic-dot": "https://acme.my\u3002salesforce.com",
    "my-domain-with-hyphen-first": "https://-acme.my.salesforce.com",
    "my-domain-unknown-partition": "https://acme.evil.my.salesforce.com",
    "instance": "https://na1.salesforce.com",
    "login": "https://login.salesforce.com",
    "org-with-user": "http://x@{org}",
    "org-with-path": "http://{org}/services",
    "org-with-dot-path": "http://{org}/../{rogue}",
    "org-with-query": "http://{org}?x={rogue}",
    "org-with-fragment": "http://{org}#@{rogue}",
    "org-with-backslash": "http://{org}\\@{rogue}",
    "org-with-two-slashes": "http://{org}//",
    "org-with-comma": "http://{org},http://{rogue}",
    "org-with-newline": "http://{org}\n",
    "org-with-host-header": "http://{org} HTTP/1.1\r\nHost: {rogue}",
    "metadata-service": "http://169.254.169.254/latest",
}


def test_enough_hostile_urls() -> None:
    """All of them differ."""
    assert len(set(HOSTILE.values())) == len(HOSTILE) >= 40


def _filled(scene: Scene, template: str) -> str:
    return template.format(
        rogue=f"127.0.0.1:{scene.rogue.port}",
        port=scene.rogue.port,
        org=scene.world.org_url.removeprefix("http://"),
    )


@BOTH
@pytest.mark.parametrize("template", [pytest.param(url, id=name) for name, url in HOSTILE.items()])
def test_hostile_org_url_gets_no_byte(scene: Scene, template: str) -> None:
    """403 before anything is asked: not the rogue, and not the true org either."""
    answer = scene.world.send(
        apex_request(
            scene.world.identity(),
            salesforce_context={"userContext": {"orgDomainUrl": _filled(scene, template)}},
        )
    )

    assert answer.status == 403
    assert error_of(answer).startswith("orgDomainUrl is not an org that this app may talk to")
    assert scene.world.org_requests() == {}
    assert scene.function.received == []
    scene.check_rogue_got_nothing(assertions=0)


@PINNED
@pytest.mark.parametrize("template", [pytest.param(url, id=name) for name, url in HOSTILE.items()])
def test_hostile_base_url_does_not_reach_the_function(scene: Scene, template: str) -> None:
    """Functions send their token to ``salesforceBaseUrl``: it is Salesforce's or the org's."""
    allowed = {scene.world.org_url, "https://na1.salesforce.com", "https://login.salesforce.com"}
    answer = scene.world.send(
        apex_request(
            scene.world.identity(),
            salesforce_context={"userContext": {"salesforceBaseUrl": _filled(scene, template)}},
        )
    )

    assert answer.status == 200
    [call] = scene.function.received
    user = decode_context(call.header("ce-sfcontext") or "")["userContext"]
    assert user["orgDomainUrl"] == scene.world.org_url
    host = user["salesforceBaseUrl"].removeprefix("https://")
    assert user["salesforceBaseUrl"] in allowed or host in {
        "evil.example.my.salesforce.com",
        "acme.evil.my.salesforce.com",
        "my.salesforce.com",
        "evilmy.salesforce.com",
    }
    scene.check_rogue_got_nothing(
        assertions=scene.world.org.counters()["assertions_received"],
    )


@PINNED
def test_function_is_told_of_no_other_host(scene: Scene) -> None:
    """Neither by a second spelling of a field, which case-blind readers would take, nor twice."""
    rogue = scene.rogue.url
    twins = dict.fromkeys(("SalesforceBaseUrl", "salesforcebaseurl", "OrgDomainUrl"), rogue)
    request = apex_request(scene.world.identity(), salesforce_context={"userContext": twins})

    answer = scene.world.send(request)

    told = [call.header("ce-sfcontext") or "" for call in scene.function.received]
    assert answer.status in {200, 400}
    assert [rogue in json.dumps(decode_context(context)) for context in told] in ([], [False])


_Header = Callable[[Rogue], dict[str, str]]
HEADERS: Final[dict[str, _Header]] = {
    "host": lambda rogue: {"Host": f"127.0.0.1:{rogue.port}"},
    "x-forwarded-host": lambda rogue: {"X-Forwarded-Host": f"127.0.0.1:{rogue.port}"},
    "x-forwarded-all": lambda rogue: {
        "X-Forwarded-Host": f"127.0.0.1:{rogue.port}",
        "X-Forwarded-Server": f"127.0.0.1:{rogue.port}",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Port": str(rogue.port),
        "X-Forwarded-For": "127.0.0.1",
    },
    "forwarded": lambda rogue: {"Forwarded": f"host=127.0.0.1:{rogue.port};proto=http"},
    "x-original-url": lambda rogue: {"X-Original-URL": rogue.url, "X-Rewrite-URL": rogue.url},
    "origin": lambda rogue: {"Origin": rogue.url, "Referer": f"{rogue.url}/x"},
    "proxy": lambda rogue: {"Proxy": rogue.url, "Proxy-Connection": "keep-alive"},
    "destination": lambda rogue: {"Destination": rogue.url, "X-Salesforce-Base-Url": rogue.url},
    "instance-url": lambda rogue: {"instance_url": rogue.url, "x-instance-url": rogue.url},
    "ce-source": lambda rogue: {"ce-source": rogue.url, "ce-dataschema": rogue.url},
    "authorization": lambda _: {"Authorization": "Bearer 00Dxx!rogue@example"},
}


@PINNED
@pytest.mark.parametrize("headers", [pytest.param(make, id=name) for name, make in HEADERS.items()])
def test_no_header_redirects_the_proxy(scene: Scene, headers: _Header) -> None:
    """Whom the proxy asks and calls is written in its settings, not in the request."""
    request = apex_request(scene.world.identity(), headers=headers(scene.rogue))

    answer = scene.world.send(request)

    assert answer.status in {200, 400, 401}
    for call in scene.function.received:
        assert str(scene.rogue.port) not in (call.header("host") or "")
        assert call.header("x-forwarded-host") is None
        context = decode_context(call.header("ce-sfcontext") or "")["userContext"]
        assert scene.rogue.url not in context.values()
    scene.check_rogue_got_nothing(assertions=scene.world.org.counters()["assertions_received"])


@PINNED
@pytest.mark.parametrize("endpoint", ["userinfo", "token", "activate"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(scene: Scene, endpoint: str, status: int) -> None:
    """Even the true org cannot send the proxy, and with it token and assertion, elsewhere."""
    scene.world.org.faults.add(
        Fault(
            endpoint=endpoint,
            kind="status",
            status=status,
            body="{}",
            headers=(("Location", f"{scene.rogue.url}/services/oauth2/userinfo"),),
            times=None,
        )
    )
    request = apex_request(scene.world.identity(), permission_sets=[_never_used_before(status)])

    answer = scene.world.send(request)

    assert answer.status == 503
    assert "redirects" in error_of(answer)
    assert str(scene.rogue.port) not in answer.data.decode()
    assert scene.function.received == []
    assert (scene.rogue.connections, scene.rogue.requests) == (0, [])


def _never_used_before(status: int) -> str:
    """Return a permission set for which no token can be remembered."""
    return f"NeverUsedBefore{status}"


@PINNED
@pytest.mark.parametrize(
    "custom_domain",
    [
        "http://{rogue}",
        "https://{rogue}",
        "http://{org}@{rogue}",
        "http://{org}.evil.example",
        "http://{org}/@{rogue}",
        "https://{org}",
        "",
        ["http://{org}"],
        {"a": "http://{rogue}"},
        0,
        False,
    ],
)
def test_org_that_names_another_home_is_refused(scene: Scene, custom_domain: object) -> None:
    """``urls.custom_domain`` is compared, never called: 403, and nothing is signed."""
    told = _filled(scene, custom_domain) if isinstance(custom_domain, str) else custom_domain
    info = {
        "organization_id": ORG_ID,
        "user_id": "005xx000001X8UzAAK",
        "preferred_username": "admin@example.com",
        "active": True,
        "urls": {"custom_domain": told, "rest": f"{scene.rogue.url}/services/data/v{{version}}"},
        "profile": scene.rogue.url,
        "instance_url": scene.rogue.url,
        "sub": f"{scene.rogue.url}/id/x",
    }
    scene.world.org.faults.add(
        Fault(endpoint="userinfo", kind="status", status=200, body=json.dumps(info))
    )

    answer = scene.world.call()

    assert answer.status == 403
    assert scene.function.received == []
    scene.check_rogue_got_nothing(assertions=0)


@PINNED
def test_instance_url_of_a_token_is_not_believed(scene: Scene) -> None:
    """The token's answer names a host, too; activation still asks the org that was verified."""
    caller = scene.world.identity()
    told = {
        "access_token": "00Dxx0000006IYJ!minted.elsewhere",
        "instance_url": scene.rogue.url,
        "id": f"{scene.rogue.url}/id/{caller.org_id}/{caller.user_id}",
        "sfdc_community_url": scene.rogue.url,
    }
    scene.world.org.faults.add(
        Fault(endpoint="token", kind="status", status=200, body=json.dumps(told), times=None)
    )
    request = apex_request(caller, permission_sets=["PermissionSetA"])

    answer = scene.world.send(request)

    assert answer.status == 503  # the org knows no such session
    assert scene.world.org_requests()["activate"] >= 1
    assert scene.function.received == []
    assert (scene.rogue.connections, scene.rogue.requests) == (0, [])


@PINNED
def test_proxy_variables_and_netrc_are_ignored(scene: Scene) -> None:
    """HTTP_PROXY and the like, and ``default`` of a netrc, do not change a call to the org."""
    identity = scene.world.identity("joe@example.com")

    answer = scene.world.call(identity, permission_sets=("PermissionSetB",))

    assert answer.status == 200
    assert scene.world.org_requests() == {"userinfo": 1, "token": 1, "activate": 1}
    assert len(scene.function.received) == 1
    scene.check_rogue_got_nothing(assertions=1)


@BOTH
def test_context_that_names_the_org_twice_is_refused(scene: Scene) -> None:
    """One reader would ask the first, another the second."""
    request = apex_request(scene.world.identity())
    context = json.dumps(decode_context(request.headers["ce-sfcontext"]))
    true = f'"orgDomainUrl": "{scene.world.org_url}"'
    rogue = f'"orgDomainUrl": "{scene.rogue.url}"'
    assert true in context
    for both in (f"{true}, {rogue}", f"{rogue}, {true}"):
        text = base64.b64encode(context.replace(true, both).encode()).decode()

        answer = scene.world.send(
            replace(request, headers=request.headers | {"ce-sfcontext": text})
        )

        assert answer.status == 400
    scene.check_rogue_got_nothing(assertions=0)


def test_the_rogue_would_have_noticed(pinned: Scene) -> None:
    """It counts whoever comes, so that the zeros of the other tests mean something."""
    with _rogue_server() as rogue:
        pinned.world.proxy.http.request("GET", rogue.url, retries=False, timeout=5)

        assert rogue.connections == 1
        assert [line for line, _, _ in rogue.requests] == ["GET / HTTP/1.1"]
