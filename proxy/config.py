"""Settings: the environment, checked once at start, all problems told at once."""

from __future__ import annotations

import base64
import binascii
import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from proxy.salesforce_names import PermissionSet, is_org_id, parse_allowed_origin, to_18

if TYPE_CHECKING:
    from collections.abc import Mapping

LOG_LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")
SMALLEST_KEY_BITS: Final = 2048
"""Salesforce refuses certificates with a shorter RSA key."""


LONGEST_SHOWN: Final = 30
"""Characters of a wrong value that a message quotes."""


class ConfigError(Exception):
    """The settings are wrong. One line per problem; never the value of a secret."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    """One validated set of settings. Only ``__main__`` reads ``os.environ``."""

    org_id: str
    """The only org whose users may call: an 18-character id (``ORG_ID_18``)."""

    consumer_key: str = field(repr=False)
    """The connected app that mints the function's tokens (``CONSUMER_KEY``)."""

    private_key: RSAPrivateKey = field(repr=False)
    """Signs the token requests (``ENCODED_PRIVATE_KEY`` or ``PRIVATE_KEY_FILEPATH``)."""

    port: int = 3000
    """Where Apex reaches us (``PORT``)."""

    function_port: int = 8080
    """Where the function listens, on 127.0.0.1 (``FUNCTION_PORT``)."""

    audience: str | None = None
    """Audience of the token requests; None: told from the org's host (``SF_AUDIENCE``)."""

    org_origins: frozenset[str] = frozenset()
    """The only orgs we talk to; empty: any My Domain host of Salesforce (``ORG_DOMAIN_URL``)."""

    allowed_permission_sets: frozenset[str] | None = None
    """What a caller may ask for; None: anything (``ALLOWED_PERMISSION_SETS``)."""

    caller_cache_ttl_s: float = 60.0
    """How long a verified caller is remembered; 0: not at all (``CALLER_CACHE_TTL_S``)."""

    token_cache_ttl_s: float = 600.0
    """How long a minted token is used again; 0: not at all (``TOKEN_CACHE_TTL_S``)."""

    org_timeout_s: float = 10.0
    """Longest wait for all org calls of one invocation together (``ORG_TIMEOUT_S``)."""

    function_timeout_s: float = 120.0
    """Longest time from arrival to answer of a synchronous call (``FUNCTION_TIMEOUT_S``)."""

    threads: int = 64
    """Threads that answer requests (``PROXY_THREADS``)."""

    max_inflight: int = 56
    """Invocations that run at once; below `threads`, so health is always answered."""

    max_body_bytes: int = 12 * 1024 * 1024
    """Largest payload and largest answer (``MAX_BODY_BYTES``)."""

    processes: int = 1
    """Proxy processes that supervisord starts on one port (``WEB_CONCURRENCY``)."""

    log_level: str = "INFO"
    """DEBUG, INFO, WARNING or ERROR (``LOG_LEVEL``)."""


def load_config(env: Mapping[str, str]) -> Config:
    """Build a `Config` from ``env``, or say everything that is wrong with it.

    An empty value counts as missing, as it does for a Heroku config var.

    Raises:
        ConfigError: with one line per problem, so that one restart fixes them all.
    """
    read = _Reader(env)
    on_dyno = bool(env.get("DYNO"))
    threads = read.whole("PROXY_THREADS", 64, low=4, high=1000)
    settings = Config(
        org_id=read.org_id("ORG_ID_18"),
        consumer_key=read.required("CONSUMER_KEY", "the connected app's consumer key"),
        private_key=read.private_key(),  # type: ignore[arg-type]  # None only with a problem noted
        port=read.whole("PORT", 3000, low=1, high=65535),
        function_port=read.whole("FUNCTION_PORT", 8080, low=1, high=65535),
        audience=read.audience("SF_AUDIENCE"),
        org_origins=read.origins("ORG_DOMAIN_URL", loopback=not on_dyno),
        allowed_permission_sets=read.permission_sets("ALLOWED_PERMISSION_SETS"),
        caller_cache_ttl_s=read.number("CALLER_CACHE_TTL_S", 60, low=0, high=3600),
        token_cache_ttl_s=read.number("TOKEN_CACHE_TTL_S", 600, low=0, high=7200),
        org_timeout_s=read.number("ORG_TIMEOUT_S", 10, low=0.1, high=60),
        function_timeout_s=read.number(
            "FUNCTION_TIMEOUT_S", 27 if on_dyno else 120, low=0.1, high=3600
        ),
        threads=threads,
        max_inflight=read.whole("MAX_INFLIGHT", max(1, threads - 8), low=1, high=1000),
        max_body_bytes=read.whole("MAX_BODY_BYTES", 12 * 1024 * 1024, low=1024, high=256 * 1024**2),
        processes=read.whole("WEB_CONCURRENCY", 1, low=1, high=32),
        log_level=read.choice("LOG_LEVEL", "INFO", LOG_LEVELS),
    )
    if settings.port == settings.function_port:
        read.problems.append(f"PORT and FUNCTION_PORT must differ, both are {settings.port}")
    if settings.max_inflight >= settings.threads:
        read.problems.append("MAX_INFLIGHT must be below PROXY_THREADS, so that health is answered")
    if read.problems:
        raise ConfigError("\n".join(read.problems))
    return settings


def _shown(text: str) -> str:
    """A wrong value, cut: it may be a secret that was pasted into the wrong variable."""
    return repr(text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "...")


class _Reader:
    """Reads one variable after the other and collects what is wrong."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self.problems: list[str] = []

    def _text(self, name: str) -> str:
        return self._env.get(name, "").strip()

    def required(self, name: str, meaning: str) -> str:
        if not (text := self._text(name)):
            self.problems.append(f"{name} is missing: set it to {meaning}")
        return text

    def org_id(self, name: str) -> str:
        text = self.required(name, "your org's 18-character id (Setup > Company Information)")
        if not text:
            return ""
        if len(text) != 18 or not is_org_id(text):
            self.problems.append(
                f"{name} must be an 18-character id such as 00Dxx0000006IYJEA2, not {_shown(text)}"
            )
            return ""
        return to_18(text)

    def number(self, name: str, default: float, *, low: float, high: float) -> float:
        text = self._text(name)
        try:
            value = float(text) if text else float(default)
        except ValueError:
            value = math.nan
        if not low <= value <= high:  # also false for NaN
            self.problems.append(
                f"{name} must be a number from {low:g} to {high:g}, not {_shown(text)}"
            )
            return float(default)
        return value

    def whole(self, name: str, default: int, *, low: int, high: int) -> int:
        text = self._text(name)
        value = int(text) if re.fullmatch(r"[0-9]{1,12}", text) else default if not text else -1
        if not low <= value <= high:
            self.problems.append(
                f"{name} must be a whole number from {low} to {high}, not {_shown(text)}"
            )
            return default
        return value

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        text = self._text(name).upper() or default
        if text not in allowed:
            self.problems.append(f"{name} must be one of {', '.join(allowed)}, not {_shown(text)}")
            return default
        return text

    def audience(self, name: str) -> str | None:
        text = self._text(name)
        if text and not re.fullmatch(r"https?://[!-~]+", text):
            self.problems.append(
                f"{name} must be a URL such as https://login.salesforce.com, not {_shown(text)}"
            )
        return text or None

    def origins(self, name: str, *, loopback: bool) -> frozenset[str]:
        origins = set()
        for text in self._listed(name):
            try:
                origins.add(parse_allowed_origin(text, loopback=loopback))
            except ValueError as error:
                self.problems.append(f"{name} {error}, not {_shown(text)}")
        return frozenset(origins)

    def permission_sets(self, name: str) -> frozenset[str] | None:
        listed = self._listed(name)
        for text in listed:
            try:
                PermissionSet.parse(text)
            except ValueError:
                self.problems.append(
                    f"{name} must list API names such as MySet or ns__MySet, not {_shown(text)}"
                )
        return frozenset(listed) if self._text(name) else None

    def _listed(self, name: str) -> list[str]:
        return [part.strip() for part in self._text(name).split(",") if part.strip()]

    def private_key(self) -> RSAPrivateKey | None:
        """The RSA key, or None with a problem noted. Messages never quote what was read."""
        encoded, path = self._text("ENCODED_PRIVATE_KEY"), self._text("PRIVATE_KEY_FILEPATH")
        if encoded:
            return self._parse_key("ENCODED_PRIVATE_KEY", self._decode(encoded))
        if path:
            return self._parse_key("PRIVATE_KEY_FILEPATH", self._read_file(path))
        self.problems.append(
            "ENCODED_PRIVATE_KEY is missing: set it to `base64 < private_key.pem`"
            " (or PRIVATE_KEY_FILEPATH to the file)"
        )
        return None

    def _decode(self, encoded: str) -> bytes | None:
        try:
            return base64.b64decode("".join(encoded.split()), validate=True)
        except (binascii.Error, ValueError):
            self.problems.append(
                "ENCODED_PRIVATE_KEY isn't base64: set it to `base64 < private_key.pem`"
            )
            return None

    def _read_file(self, path: str) -> bytes | None:
        try:
            return Path(path).read_bytes()
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not a path"
            self.problems.append(f"PRIVATE_KEY_FILEPATH can't be read: {_shown(path)}: {reason}")
            return None

    def _parse_key(self, name: str, pem: bytes | None) -> RSAPrivateKey | None:
        if pem is None:
            return None
        try:
            key = load_pem_private_key(pem, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            self.problems.append(
                f"{name} must hold an RSA private key in PEM, without a passphrase"
            )
            return None
        if not isinstance(key, RSAPrivateKey):
            self.problems.append(f"{name} must hold an RSA key: Salesforce takes RS256 only")
            return None
        if key.key_size < SMALLEST_KEY_BITS:
            self.problems.append(
                f"{name} holds an RSA key of {key.key_size} bits: use {SMALLEST_KEY_BITS} or more"
            )
            return None
        return key
