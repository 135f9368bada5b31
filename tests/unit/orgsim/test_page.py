import re

from orgsim import Fault
from tests.unit.orgsim.world import ADMIN, Caller

EVIL = '<script>alert("x")</script>&\''


def test_the_page_shows_the_org_without_its_tokens(caller: Caller) -> None:
    """Users, permission sets, sessions by hash, records, faults and requests are all there."""
    token = caller.token()
    caller.userinfo(token)
    record = caller.org.create_record({"Response__c": "an answer"})
    caller.org.faults.add(Fault(endpoint="token", kind="half_body"))
    page = caller.session.get(caller.url).text

    shown = [ADMIN, "MyPermissionSet", record.id, "an answer", "half_body", "/userinfo", "PENDING"]
    assert [text for text in shown if text not in page] == []
    assert token not in page
    assert token.partition("!")[2] not in page


def test_everything_from_outside_is_escaped(caller: Caller) -> None:
    """Whoever names users, fields, paths or apps cannot put markup on the page."""
    org = caller.org
    org.add_user(EVIL)
    org.add_permission_set(EVIL, namespace=EVIL, assigned_to=[EVIL])
    org.create_record({"Response__c": EVIL, "Status__c": "<b>"})
    org.open_session(EVIL)
    caller.session.get(f"{caller.url}/<script>")
    page = caller.session.get(caller.url).text

    assert "&lt;script&gt;" in page
    assert "<script" not in page
    assert "<b>" not in page


def test_the_page_loads_nothing_and_refreshes_itself(caller: Caller) -> None:
    """It works without a network, and no script can run even if one slipped in."""
    reply = caller.session.get(caller.url)

    assert re.findall(r"(?:src|href|url)\W+([^\"]*)", reply.text) == ["data:,"]
    assert "default-src 'none'" in reply.headers["Content-Security-Policy"]
    assert '<meta http-equiv="refresh"' in reply.text
    assert reply.headers["Content-Type"] == "text/html; charset=utf-8"


def test_an_empty_page_says_so(caller: Caller) -> None:
    """A part with nothing in it is there all the same."""
    page = caller.session.get(caller.url).text

    assert page.count("<p>None.</p>") == 4  # sessions, records, faults, requests
