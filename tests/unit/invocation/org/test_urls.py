"""Which URLs are those of an org: where tokens and signed assertions may be sent."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from urllib3.util import parse_url

from invocation.org.hosts import parse_allowed_origin
from invocation.org.names import (
    OrgUrl,
    parse_org_url,
)
from tests.unit.examples import examples

ANY_MY_DOMAIN: frozenset[str] = frozenset()


ACME = OrgUrl("https://acme.my.salesforce.com")


GOOD_ORG_URLS = [
    "https://acme.my.salesforce.com",
    "https://a.my.salesforce.com",
    "https://acme--uat.my.salesforce.com",
    "https://acme--uat.sandbox.my.salesforce.com",
    "https://acme-dev-ed.develop.my.salesforce.com",
    "https://acme.scratch.my.salesforce.com",
    "https://acme.demo.my.salesforce.com",
    "https://acme.patch.my.salesforce.com",
    "https://acme.trailblaze.my.salesforce.com",
    "https://acme.free.my.salesforce.com",
    "https://acme.my.salesforce.mil",
    "https://acme--s.sandbox.my.salesforce.mil",
    "https://acme.my.sfcrmproducts.cn",
    "https://acme--s.sandbox.my.sfcrmproducts.cn",
    f"https://{'a' * 63}.my.salesforce.com",
]


@pytest.mark.parametrize("url", GOOD_ORG_URLS)
def test_a_my_domain_is_accepted(url: str) -> None:
    """Every form of a My Domain origin is accepted, with one slash after it or none."""
    assert parse_org_url(url, allowed=ANY_MY_DOMAIN) == url
    assert parse_org_url(url + "/", allowed=ANY_MY_DOMAIN) == url


HOSTILE_ORG_URLS = {
    "empty": "",
    "slash": "/",
    "scheme-only": "https://",
    "no-scheme": "acme.my.salesforce.com",
    "scheme-relative": "//acme.my.salesforce.com",
    "http": "http://acme.my.salesforce.com",
    "ftp": "ftp://acme.my.salesforce.com",
    "file": "file:///etc/passwd",
    "javascript": "javascript://acme.my.salesforce.com",
    "gopher": "gopher://acme.my.salesforce.com",
    "one-slash": "https:/acme.my.salesforce.com",
    "three-slashes": "https:///acme.my.salesforce.com",
    "backslashes-for-slashes": "https:\\\\acme.my.salesforce.com",
    "upper-case-scheme": "HTTPS://acme.my.salesforce.com",
    "upper-case-host": "https://ACME.my.salesforce.com",
    "upper-case-suffix": "https://acme.my.Salesforce.com",
    "userinfo": "https://acme.my.salesforce.com@evil.example",
    "userinfo-before": "https://evil.example@acme.my.salesforce.com",
    "userinfo-password": "https://u:p@acme.my.salesforce.com",
    "userinfo-empty": "https://@acme.my.salesforce.com",
    "backslash-before-suffix": "https://evil.example\\.my.salesforce.com",
    "backslash-at": "https://evil.example\\@acme.my.salesforce.com",
    "fragment": "https://evil.example#.my.salesforce.com",
    "fragment-after": "https://acme.my.salesforce.com#",
    "query": "https://evil.example?.my.salesforce.com",
    "query-after": "https://acme.my.salesforce.com?",
    "path": "https://evil.example/.my.salesforce.com",
    "path-after": "https://acme.my.salesforce.com/services",
    "two-slashes-after": "https://acme.my.salesforce.com//",
    "dot-path": "https://acme.my.salesforce.com/.",
    "semicolon": "https://acme;.my.salesforce.com",
    "port": "https://acme.my.salesforce.com:8443",
    "port-443": "https://acme.my.salesforce.com:443",
    "port-empty": "https://acme.my.salesforce.com:",
    "idn": "https://\u00e4cme.my.salesforce.com",
    "homograph": "https://\u0430cme.my.salesforce.com",
    "homograph-in-suffix": "https://acme.my.s\u0430lesforce.com",
    "full-width": "https://acme.my.salesforce.c\uff4fm",
    "ideographic-dot": "https://acme\u3002my.salesforce.com",
    "long-s": "https://acme.my.\u017falesforce.com",
    "kelvin": "https://\u212acme.my.salesforce.com",
    "punycode-suffix": "https://acme.my.xn--slesforce-41a.com",
    "percent-dot": "https://evil%2eexample.my.salesforce.com",
    "percent-slash": "https://evil.example%2f.my.salesforce.com",
    "percent-nul": "https://acme%00.my.salesforce.com",
    "percent-at": "https://evil.example%40acme.my.salesforce.com",
    "trailing-dot": "https://acme.my.salesforce.com.",
    "trailing-dot-slash": "https://acme.my.salesforce.com./",
    "newline-after": "https://acme.my.salesforce.com\n",
    "newline-after-slash": "https://acme.my.salesforce.com/\n",
    "newline-inside": "https://evil.example\n.my.salesforce.com",
    "carriage-return": "https://acme.my.salesforce.com\r\nHost: evil.example",
    "nul": "https://evil.example\x00.my.salesforce.com",
    "nul-after": "https://acme.my.salesforce.com\x00",
    "tab": "https://ac\tme.my.salesforce.com",
    "space-before": " https://acme.my.salesforce.com",
    "space-after": "https://acme.my.salesforce.com ",
    "space-inside": "https://acme .my.salesforce.com",
    "no-break-space": "https://acme.my.salesforce.com\u00a0",
    "zero-width": "https://ac\u200bme.my.salesforce.com",
    "right-to-left": "https://\u202eacme.my.salesforce.com",
    "ip": "https://127.0.0.1",
    "ip-private": "https://10.0.0.1",
    "ip-metadata": "https://169.254.169.254",
    "ip-decimal": "https://2130706433",
    "ip-octal": "https://0177.0.0.1",
    "ip-hex": "https://0x7f.0.0.1",
    "ip-short": "https://127.1",
    "ipv6": "https://[::1]",
    "ipv6-mapped": "https://[::ffff:127.0.0.1]",
    "ipv6-zone": "https://[fe80::1%25eth0]",
    "localhost": "https://localhost",
    "suffix-in-the-middle": "https://acme.my.salesforce.com.evil.example",
    "suffix-without-dot": "https://evilmy.salesforce.com",
    "suffix-with-dash": "https://acme.my-salesforce.com",
    "suffix-longer": "https://acme.my.salesforce.community",
    "suffix-cut": "https://acme.my.salesforce.co",
    "suffix-without-its-dots": "https://acme.myxsalesforce.com",
    "suffix-without-its-last-dot": "https://acme.my.salesforcexcom",
    "suffix-mil-without-its-dot": "https://acme.my.salesforcexmil",
    "suffix-cn-without-its-dot": "https://acme.my.sfcrmproductsxcn",
    "suffix-prefixed": "https://acme.my.evilsalesforce.com",
    "no-my": "https://acme.salesforce.com",
    "instance": "https://na44.salesforce.com",
    "login": "https://login.salesforce.com",
    "only-suffix": "https://my.salesforce.com",
    "site": "https://acme.my.site.com",
    "sites": "https://acme.my.salesforce-sites.com",
    "force": "https://acme.force.com",
    "lightning": "https://acme.lightning.force.com",
    "setup": "https://acme.my.salesforce-setup.com",
    "crmforce": "https://evilcrmforce.mil",
    "unknown-partition": "https://acme.evil.my.salesforce.com",
    "two-partitions": "https://acme.sandbox.develop.my.salesforce.com",
    "empty-label": "https://.my.salesforce.com",
    "empty-label-inside": "https://acme..my.salesforce.com",
    "dash-first": "https://-acme.my.salesforce.com",
    "dash-last": "https://acme-.my.salesforce.com",
    "underscore": "https://ac_me.my.salesforce.com",
    "label-of-64": f"https://{'a' * 64}.my.salesforce.com",
    "long-host": f"https://{'a.' * 130}my.salesforce.com",
    "very-long": f"https://{'a' * 100_000}.my.salesforce.com",
    "surrogate": "https://acme\ud800.my.salesforce.com",
    "two-urls": "https://acme.my.salesforce.com,https://evil.example",
    "two-lines": "https://acme.my.salesforce.com\nhttps://acme.my.salesforce.com",
    "blob": "blob:https://acme.my.salesforce.com",
    "wildcard": "https://*.my.salesforce.com",
}


@pytest.mark.parametrize("url", HOSTILE_ORG_URLS.values(), ids=HOSTILE_ORG_URLS.keys())
def test_another_org_url_is_refused(url: str) -> None:
    """No token leaves for a host that Salesforce does not own, however it is spelled."""
    with pytest.raises(ValueError, match=r"^not an allowed org\Z"):
        parse_org_url(url, allowed=ANY_MY_DOMAIN)
    with pytest.raises(ValueError, match=r"^not an allowed org\Z"):
        parse_org_url(url, allowed=frozenset({ACME, "http://127.0.0.1:8080"}))


def test_the_hostile_table_is_long() -> None:
    """A parser's table of the refused is longer than that of the accepted."""
    assert len(HOSTILE_ORG_URLS) >= 60


def test_only_configured_origins_when_there_are_any() -> None:
    """With ORG_DOMAIN_URL set, nothing else is accepted, not even another My Domain."""
    allowed = frozenset({"https://acme.my.salesforce.com", "http://127.0.0.1:8080"})

    assert parse_org_url("http://127.0.0.1:8080/", allowed=allowed) == "http://127.0.0.1:8080"
    for other in ("https://other.my.salesforce.com", "http://127.0.0.1:8081", "http://127.0.0.1"):
        with pytest.raises(ValueError, match="not an allowed org"):
            parse_org_url(other, allowed=allowed)


_LABEL = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)


_URL_CHARACTER = st.one_of(
    st.sampled_from("./:@\\#?%[]-_~;=&,+ \t\n\r\x00abcmysalesforce0123456789ASU"), st.characters()
)


_FEW_CHARACTERS = st.text(_URL_CHARACTER, max_size=3)


_URL_TEXT = st.text(_URL_CHARACTER, max_size=30)


_GOOD = st.one_of(
    st.sampled_from(GOOD_ORG_URLS),
    st.builds(
        "https://{}{}.my.{}".format,
        _LABEL,
        st.sampled_from(["", ".sandbox", ".develop", ".scratch", ".nonsense", ".my"]),
        st.sampled_from(["salesforce.com", "salesforce.mil", "sfcrmproducts.cn", "salesforce.co"]),
    ),
)


@st.composite
def _org_urls(draw: st.DrawFn) -> str:
    """Draw any text, or a good URL of which a few characters were replaced by others."""
    kind = draw(st.integers(0, 5))
    if kind == 0:
        return draw(_URL_TEXT)
    if kind == 1:
        return f"https://{draw(_URL_TEXT)}.my.salesforce.com{draw(_URL_TEXT)}"
    url = draw(_GOOD)
    if kind == 2:
        return url + draw(st.sampled_from(["", "/", "//", ".", "\n", "/\n", ":443"]))
    start = draw(st.integers(0, len(url)))
    end = draw(st.integers(start, min(len(url), start + 2)))
    return url[:start] + draw(_FEW_CHARACTERS) + url[end:]


def test_an_accepted_org_url_means_the_same_host_to_who_connects() -> None:
    """Whatever is accepted, the library that connects sees the same Salesforce host and no more."""
    accepted = set()

    @settings(max_examples=examples(2000), derandomize=True, database=None)
    @given(_org_urls())
    def check(text: str) -> None:
        try:
            url = parse_org_url(text, allowed=ANY_MY_DOMAIN)
        except ValueError:
            return
        seen = parse_url(url)
        host = seen.host or ""
        assert url in (text, text[:-1])
        assert seen.url == url
        assert (seen.scheme, host) == ("https", url.removeprefix("https://"))
        assert (seen.auth, seen.port, seen.path, seen.query, seen.fragment) == (None,) * 5
        assert host.endswith((".my.salesforce.com", ".my.salesforce.mil", ".my.sfcrmproducts.cn"))
        assert host.isascii()
        assert len(host.split(".")) <= 5
        accepted.add(text)

    check()

    assert len(accepted) > examples(2000) // 20


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://acme.my.salesforce.com", "https://acme.my.salesforce.com"),
        ("https://acme.my.salesforce.com/", "https://acme.my.salesforce.com"),
        ("https://org.example.com", "https://org.example.com"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost:65535/", "http://localhost:65535"),
        ("https://[::1]:8443", "https://[::1]:8443"),
        ("http://localhost", "http://localhost"),
    ],
)
def test_an_operator_may_name_an_origin(text: str, origin: str) -> None:
    """ORG_DOMAIN_URL takes https origins, and this machine's own for trying things out."""
    assert parse_allowed_origin(text, loopback=True) == origin


@pytest.mark.parametrize(
    "text",
    [
        "",
        "acme.my.salesforce.com",
        "http://acme.my.salesforce.com",
        "https://acme.my.salesforce.com:443",
        "https://acme.my.salesforce.com/path",
        "https://u@acme.my.salesforce.com",
        "https://ACME.my.salesforce.com",
        "https://1.2.3.4",
        "https://192.168.0.1",
        "https://127.1",
        "http://10.0.0.1:8080",
        "http://127.0.0.2",
        "http://0.0.0.0",
        "http://localhost.evil.example",
        "http://127.0.0.1:65536",
        "http://127.0.0.1:0",
        "http://127.0.0.1:08",
        "http://127.0.0.1:",
        "http://[::]",
        "https://acme",
        "https://acme.my.salesforce.com\n",
        "https://0x7f.0.0.0x1",
    ],
)
def test_another_origin_is_a_mistake(text: str) -> None:
    """What names no origin is refused, an address in disguise too."""
    with pytest.raises(ValueError, match="must be an origin"):
        parse_allowed_origin(text, loopback=True)


@pytest.mark.parametrize(
    "text", ["http://127.0.0.1:8080", "http://localhost", "https://[::1]", "https://127.0.0.1"]
)
def test_a_dyno_is_no_org(text: str) -> None:
    """On Heroku this machine's own addresses are refused: nothing there is Salesforce."""
    with pytest.raises(ValueError, match="on Heroku"):
        parse_allowed_origin(text, loopback=False)
