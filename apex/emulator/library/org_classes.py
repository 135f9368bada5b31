"""UserInfo and URL: the org and the running user."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from apex.emulator.registry import constructor, method, static
from apex.emulator.values import Element, Id

if TYPE_CHECKING:
    from apex.emulator.machine import Machine
    from apex.emulator.platform.database import Row


def _user(m: Machine) -> Row:
    return m.org.database.rows("User")[m.transaction.user_id]


@static("UserInfo.getUserId")
def _get_user_id(m: Machine) -> Id:
    return Id(m.transaction.user_id)


@static("UserInfo.getUserName")
def _get_user_name(m: Machine) -> str:
    return str(_user(m)["username"])


@static("UserInfo.getUserEmail")
def _get_user_email(m: Machine) -> str:
    return str(_user(m)["email"])


@static("UserInfo.getName")
def _get_name(m: Machine) -> str:
    return str(_user(m).get("name"))


@static("UserInfo.getProfileId")
def _get_profile_id(m: Machine) -> Id:
    return Id(_user(m)["profileid"])


@static("UserInfo.getLocale")
def _get_locale(m: Machine) -> str:
    return str(_user(m).get("localesidkey"))


@static("UserInfo.getOrganizationId")
def _get_organization_id(m: Machine) -> Id:
    return Id(m.org.identity.org_id)


@static("UserInfo.getOrganizationName")
def _get_organization_name() -> str:
    return "Acme"


@static("UserInfo.getSessionId")
def _get_session_id(m: Machine) -> str:
    return m.org.identity.session_id


@dataclass(eq=False)
class Url(Element):
    """``System.URL``."""

    text: str
    apex_name = "URL"


@static("URL.getOrgDomainUrl")
def _org_domain_url(m: Machine) -> Url:
    return Url(m.org.identity.domain_url)


@constructor("URL")
def _new_url(m: Machine, text: str) -> Url:
    if not urlsplit(text).scheme:
        raise m.throw("StringException", f"no protocol: {text}")
    return Url(text)


@method("URL.toExternalForm")
def _to_external_form(url: Url) -> str:
    return url.text


@method("URL.getHost")
def _get_host(url: Url) -> str:
    return urlsplit(url.text).hostname or ""


@method("URL.getProtocol")
def _get_protocol(url: Url) -> str:
    return urlsplit(url.text).scheme


@method("URL.getPath")
def _get_path(url: Url) -> str:
    return urlsplit(url.text).path
