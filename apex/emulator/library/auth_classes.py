"""Auth: JWT, JWS and the exchange of an assertion for a token."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from apex.emulator.library.crypto_classes import certificate_key, sign
from apex.emulator.library.http_classes import HttpRequest, begin_callout, send_request
from apex.emulator.registry import constructor, method
from apex.emulator.values import ApexMap, Element, Value

if TYPE_CHECKING:
    from apex.emulator.machine import Machine


@dataclass(eq=False)
class Jwt(Element):
    """``Auth.JWT``: claims."""

    apex_name = "Auth.JWT"
    claims: dict[str, Value] = field(default_factory=dict)
    validity_s: int = 300


constructor("Auth.JWT", takes=0)(Jwt)


def _claim(name: str) -> None:
    @method(f"Auth.JWT.set{name.capitalize()}")
    def _set(token: Jwt, value: Value) -> None:
        token.claims[name] = value

    @method(f"Auth.JWT.get{name.capitalize()}")
    def _get(token: Jwt) -> Value:
        return token.claims.get(name)


for _name in ("iss", "sub", "aud"):
    _claim(_name)


@method("Auth.JWT.setValidityLength")
def _set_validity(token: Jwt, seconds: int) -> None:
    token.validity_s = seconds


@method("Auth.JWT.getValidityLength")
def _get_validity(token: Jwt) -> int:
    return token.validity_s


@method("Auth.JWT.setAdditionalClaims")
def _set_claims(token: Jwt, claims: ApexMap) -> None:
    token.claims.update(dict(claims.held.values()))


@dataclass(eq=False)
class Jws(Element):
    """``Auth.JWS``: claims and the certificate that signs them."""

    token: Jwt
    certificate: str
    apex_name = "Auth.JWS"


constructor("Auth.JWS", takes=2)(Jws)


@method("Auth.JWS.getCompactSerialization")
def _compact(m: Machine, jws: Jws) -> str:
    now = int(m.org.now().timestamp())
    claims = {**jws.token.claims, "iat": now, "exp": now + jws.token.validity_s}
    parts = [_encoded({"alg": "RS256"}), _encoded(claims)]
    signed = sign(certificate_key(m, jws.certificate), ".".join(parts).encode())
    return ".".join([*parts, base64.urlsafe_b64encode(signed).decode().rstrip("=")])


def _encoded(value: dict[str, Value]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@dataclass(eq=False)
class TokenExchange(Element):
    """``Auth.JWTBearerTokenExchange``."""

    endpoint: str
    jws: Jws
    apex_name = "Auth.JWTBearerTokenExchange"


constructor("Auth.JWTBearerTokenExchange", takes=2)(TokenExchange)


@method("Auth.JWTBearerTokenExchange.getAccessToken")
def _get_access_token(m: Machine, exchange: TokenExchange) -> str:
    """Send the signed assertion to the token endpoint: a callout like any other."""
    begin_callout(m)
    mocked = m.test is not None
    assertion = "mocked" if mocked else _compact(m, exchange.jws)
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}
    request = HttpRequest(
        endpoint=exchange.endpoint,
        http_method="POST",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        body=urlencode(form).encode(),
    )
    answer = send_request(m, request, mock="auth")
    try:
        told = json.loads(answer.body)
    except ValueError:
        told = None
    found = told if isinstance(told, dict) else {}
    if answer.status_code != 200 or not found.get("access_token"):
        code, reason = found.get("error", answer.status_code), found.get("error_description")
        raise m.throw(
            "Auth.JWTBearerTokenExchange.JWTBearerTokenExchangeException",
            f"{code}: {reason or answer.status}",
        )
    return str(found["access_token"])
