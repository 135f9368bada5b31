"""The OAuth endpoints: the token of the JWT bearer flow, and userinfo."""

import urllib.parse
from typing import Any, Final

import falcon

from orgsim.entities import Session, User
from orgsim.org import SimulatedOrg
from orgsim.refusals import IdentityRefused, OAuthRefused
from orgsim.timestamps import timestamp

JWT_BEARER: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_MOST_FIELDS: Final = 50


class TokenResource:
    """``POST /services/oauth2/token``.

    Source: platform documentation, "OAuth 2.0 JWT Bearer Flow" and "OAuth 2.0 error codes".
    """

    def __init__(self, org: SimulatedOrg) -> None:
        self._org = org

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Answer an assertion with an access token.

        Raises:
            OAuthRefused: for anything that is not a good assertion.
        """
        form = read_form(req)
        if form.get("grant_type") != JWT_BEARER:
            raise OAuthRefused("unsupported_grant_type", "grant type not supported")
        own_url = origin(req, self._org)
        session, user = self._org.mint(
            form.get("assertion", ""), own_url=own_url, address=req.remote_addr
        )
        resp.set_headers({"Cache-Control": "no-store", "Pragma": "no-cache"})
        resp.media = {
            "access_token": session.token,
            "scope": "api id",
            "instance_url": own_url,
            "id": identity_url(self._org, user),
            "token_type": "Bearer",
        }

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Refuse: a token is asked for with POST.

        Raises:
            OAuthRefused: always.
        """
        del req, resp
        raise OAuthRefused("invalid_request", "must use HTTP POST")


class UserinfoResource:
    """``GET`` and ``POST /services/oauth2/userinfo``.

    Source: platform documentation, "The UserInfo Endpoint".
    """

    def __init__(self, org: SimulatedOrg) -> None:
        self._org = org

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Say whose token it is.

        Raises:
            IdentityRefused: there is no token, or it is not a session's.
        """
        token = bearer_token(req)
        if token is None:
            raise IdentityRefused("Missing_OAuth_Token")
        found = self._org.session_of(token)
        if found is None:
            raise IdentityRefused("Bad_OAuth_Token")
        resp.media = _userinfo(self._org, found, origin(req, self._org))

    on_post = on_get


def bearer_token(req: falcon.Request) -> str | None:
    """Return the access token of the request, if it has one (``OAuth`` is the older scheme)."""
    scheme, _, token = (req.auth or "").partition(" ")
    return token.strip() or None if scheme.casefold() in {"bearer", "oauth"} else None


def origin(req: falcon.Request, org: SimulatedOrg) -> str:
    """Return where the org lives: its My Domain, or whatever host it was just called by."""
    return org.settings.my_domain_url or f"{req.scheme}://{req.netloc}"


def identity_url(org: SimulatedOrg, user: User) -> str:
    """Return the URL that names a user of an org everywhere."""
    return f"{org.login_url}/id/{org.settings.id}/{user.id}"


def answer_oauth_refused(
    req: falcon.Request, resp: falcon.Response, error: OAuthRefused, params: dict[str, Any]
) -> None:
    """Answer every refusal of the token endpoint with 400, as the platform does."""
    del req, params
    resp.status = falcon.HTTP_400
    resp.set_headers({"Cache-Control": "no-store", "Pragma": "no-cache"})
    resp.media = {"error": error.error, "error_description": error.description}


def answer_identity_refused(
    req: falcon.Request, resp: falcon.Response, error: IdentityRefused, params: dict[str, Any]
) -> None:
    """Answer with 403 and the bare word: these endpoints do not speak JSON when they refuse."""
    del req, params
    resp.status = falcon.HTTP_403
    resp.content_type = "text/plain; charset=utf-8"
    resp.text = error.word


def read_form(req: falcon.Request) -> dict[str, str]:
    """Return the fields of a form.

    Raises:
        OAuthRefused: it is none, or has a field twice.
    """
    content_type = (req.content_type or "").partition(";")[0].strip().casefold()
    if content_type != "application/x-www-form-urlencoded":
        raise OAuthRefused("unsupported_grant_type", "grant type not supported")
    try:
        body = req.bounded_stream.read().decode("ascii")
        pairs = urllib.parse.parse_qsl(body, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise OAuthRefused("invalid_request", "malformed request") from error
    form = dict(pairs)
    if len(form) < len(pairs):  # RFC 6749, 3.2: a parameter must not be there twice
        raise OAuthRefused("invalid_request", "duplicate parameter")
    return form


def _userinfo(org: SimulatedOrg, found: tuple[Session, User], url: str) -> dict[str, Any]:
    session, user = found
    given_name = user.username.partition("@")[0]
    soap, rest = f"{url}/services/Soap", f"{url}/services/data/v{{version}}"
    photo = f"{url}/profilephoto/005"
    return {
        "sub": identity_url(org, user),
        "user_id": user.id,
        "organization_id": org.settings.id,
        "preferred_username": user.username,
        "nickname": given_name,
        "name": given_name,
        "email": user.username,
        "email_verified": True,
        "given_name": given_name,
        "family_name": "User",
        "zoneinfo": "America/Los_Angeles",
        "photos": {"picture": f"{photo}/F", "thumbnail": f"{photo}/T"},
        "profile": f"{url}/{user.id}",
        "picture": f"{photo}/F",
        "address": {"country": "US"},
        "is_salesforce_integration_user": False,
        "urls": {
            "enterprise": f"{soap}/c/{{version}}/{org.settings.id}",
            "metadata": f"{soap}/m/{{version}}/{org.settings.id}",
            "partner": f"{soap}/u/{{version}}/{org.settings.id}",
            "rest": f"{rest}/",
            "sobjects": f"{rest}/sobjects/",
            "search": f"{rest}/search/",
            "query": f"{rest}/query/",
            "recent": f"{rest}/recent/",
            "tooling_soap": f"{soap}/T/{{version}}/{org.settings.id}",
            "tooling_rest": f"{rest}/tooling/",
            "profile": f"{url}/{user.id}",
            "feeds": f"{rest}/chatter/feeds",
            "groups": f"{rest}/chatter/groups",
            "users": f"{rest}/chatter/users",
            "feed_items": f"{rest}/chatter/feed-items",
            "feed_elements": f"{rest}/chatter/feed-elements",
            "custom_domain": url,
        },
        "active": user.active,
        "user_type": "STANDARD",
        "language": "en_US",
        "locale": "en_US",
        "utcOffset": -28800000,
        "updated_at": timestamp(session.opened_at, zone="Z"),
        "is_app_installed": True,
    }
