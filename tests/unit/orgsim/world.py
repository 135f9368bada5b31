"""A client of the simulated org and the things its tests share. Knows only HTTP and JWT."""

from dataclasses import dataclass, field
from typing import Any, Final

import jwt
import requests
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from orgsim import SimulatedOrg

ADMIN: Final = "admin@example.com"
JOE: Final = "joe@example.com"
CONSUMER_KEY: Final = "3MVG9.the-app"
LOGIN: Final = "https://login.salesforce.com"
JWT_BEARER: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SOBJECT: Final = "AsyncFunctionInvocationRequest__c"
NOW: Final = 1_800_000_000.0


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        """Return seconds since 1970."""
        return self.now


@dataclass(kw_only=True, slots=True)
class Caller:
    """Calls one org at one URL."""

    url: str
    org: SimulatedOrg
    clock: Clock
    key: RSAPrivateKey = field(repr=False)
    session: requests.Session

    def assertion(self, *, key: Any = None, alg: str = "RS256", **claims: Any) -> str:  # noqa: ANN401
        """Sign a good assertion with some claims changed; ``None`` leaves a claim out."""
        good = {"iss": CONSUMER_KEY, "sub": ADMIN, "aud": LOGIN, "exp": int(self.clock.now) + 180}
        given = {name: value for name, value in (good | claims).items() if value is not None}
        return jwt.encode(given, key or self.key, alg)

    def mint(self, assertion: str | None = None, **form: str) -> requests.Response:
        """Ask for a token: with a good assertion, unless another is given."""
        data = {"grant_type": JWT_BEARER, "assertion": assertion or self.assertion()}
        return self.session.post(f"{self.url}/services/oauth2/token", data=data | form)

    def token(self) -> str:
        """Return an access token of the administrator."""
        return self.org.open_session(ADMIN)

    def call(
        self,
        method: str,
        path: str,
        token: str | None = None,
        **kwargs: Any,  # noqa: ANN401
    ) -> requests.Response:
        """Send a request with a token, by default a good one."""
        headers = {"Authorization": f"Bearer {token or self.token()}"}
        return self.session.request(method, self.url + path, headers=headers, **kwargs)

    def userinfo(self, token: str | None = None) -> requests.Response:
        """Ask whose token it is."""
        return self.call("GET", "/services/oauth2/userinfo", token)

    def control(self, method: str, path: str, body: Any = None) -> requests.Response:  # noqa: ANN401
        """Use the control API."""
        return self.session.request(method, f"{self.url}/_orgsim/{path}", json=body)
