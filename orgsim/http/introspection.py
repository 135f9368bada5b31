"""Token introspection: an app with a secret asks whose a token is, and which app got it."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from orgsim.http.oauth import identity_url, read_form
from orgsim.refusals import OAuthRefused

if TYPE_CHECKING:
    import falcon

    from orgsim.entities import Session, User
    from orgsim.org import SimulatedOrg


class IntrospectResource:
    """``POST /services/oauth2/introspect``.

    Source: Salesforce help, "OpenID Connect Token Introspection"; RFC 7662.
    """

    def __init__(self, org: SimulatedOrg) -> None:
        self._org = org

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Describe a token; one that is none is told in one word.

        Raises:
            OAuthRefused: the app is unknown, or its secret is another one.
        """
        form = read_form(req)
        self._require_app(form.get("client_id", ""), form.get("client_secret", ""))
        found = self._org.session_of(form.get("token", ""))
        resp.media = _described(self._org, *found) if found else {"active": False}

    def _require_app(self, consumer_key: str, secret: str) -> None:
        for app in self._org.apps():
            if app.consumer_key == consumer_key and app.consumer_secret:
                if secrets.compare_digest(app.consumer_secret.encode(), secret.encode()):
                    return
                raise OAuthRefused("invalid_client", "invalid client credentials")
        raise OAuthRefused("invalid_client_id", "client identifier invalid")


def _described(org: SimulatedOrg, session: Session, user: User) -> dict[str, Any]:
    app = {"client_id": session.consumer_key} if session.consumer_key else {}
    return app | {
        "active": True,
        "scope": "api id",
        "username": user.username,
        "sub": identity_url(org, user),
        "token_type": "access_token",
        "exp": int(session.expires_at),
        "iat": int(session.opened_at),
        "nbf": int(session.opened_at),
    }
