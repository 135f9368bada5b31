"""Reads environment variables one after the other and collects what is wrong with them."""

from __future__ import annotations

import base64
import math
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from proxy.salesforce_names import PermissionSet, is_org_id, parse_allowed_origin, to_18

if TYPE_CHECKING:
    from collections.abc import Mapping

SMALLEST_KEY_BITS: Final = 2048
"""Salesforce refuses certificates with a shorter RSA key."""
_DATABASE_URL: Final = re.compile(
    r"postgres(?:ql)?://(?P<where>(?:[^\s?/@]+@)?[^\s?/@:]+(?::[0-9]{1,5})?/[^\s?/]+)"
    r"(?P<query>\?\S*)?"
)
LONGEST_SHOWN: Final = 40
"""Characters of a wrong value that a message quotes."""


class SettingsReader:
    """Each method reads one variable; a bad one is noted, and its default stands in for it.

    Args:
        env: an empty value counts as missing.
    """

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self._bad: set[str] = set()
        self.problems: list[str] = []
        """One line each, in the order of reading, starting with the variable's name."""

    def problem(self, name: str, text: str) -> None:
        """Note what is wrong with ``name``."""
        self._bad.add(name)
        self.problems.append(f"{name} {text}")

    def was_good(self, *names: str) -> bool:
        """Tell whether nothing is wrong with these, so that they can be compared."""
        return not self._bad & set(names)

    def text(self, name: str) -> str:
        """Return the value without white space around it; empty when it is missing."""
        return self._env.get(name, "").strip()

    def required(self, name: str, meaning: str) -> str:
        """Return a value that must be there."""
        if not (text := self.text(name)):
            self.problem(name, f"is missing: set it to {meaning}")
        return text

    def org_id(self, name: str) -> str:
        """Return an org's id in its one 18-character form."""
        text = self.required(name, "your org's 18-character id (Setup > Company Information)")
        if text and (len(text) != 18 or not is_org_id(text)):
            example = "00Dxx0000006IYJEA2"
            self.problem(name, f"must be an 18-character id such as {example}, not {shown(text)}")
        return to_18(text)

    def number(self, name: str, default: float, *, low: float, high: float) -> float:
        """Return a number written in ASCII digits, with a fraction if need be."""
        text = self.text(name) or f"{default:g}"
        value = float(text) if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text) else math.nan
        if not low <= value <= high:  # also false for NaN
            self.problem(name, f"must be a number from {low:g} to {high:g}, not {shown(text)}")
            return float(default)
        return value

    def whole(self, name: str, default: int, *, low: int, high: int) -> int:
        """Return a whole number written in ASCII digits."""
        text = self.text(name) or str(default)
        value = int(text) if re.fullmatch(r"[0-9]{1,12}", text) else -1
        if not low <= value <= high:
            self.problem(name, f"must be a whole number from {low} to {high}, not {shown(text)}")
            return default
        return value

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        """Return one of a few words, in upper case."""
        text = self.text(name).upper() or default
        if text not in allowed:
            self.problem(name, f"must be one of {', '.join(allowed)}, not {shown(text)}")
            return default
        return text

    def token(self, name: str) -> str:
        """Return a secret that nobody guesses, or nothing; messages quote nothing of it."""
        text = self.text(name)
        if text and not re.fullmatch(r"[!-~]{16,512}", text):
            self.problem(name, "must have 16 or more characters: `openssl rand -hex 32` makes one")
            return ""
        return text

    def audience(self, name: str) -> str | None:
        """Return a URL, if there is one."""
        text = self.text(name)
        if text and not re.fullmatch(r"https?://[!-?A-~]+", text):
            example = "https://login.salesforce.com"
            self.problem(name, f"must be a URL such as {example}, not {shown(text)}")
        return text or None

    def origins(self, name: str, *, loopback: bool) -> frozenset[str]:
        """Return the listed origins; none only when the variable is missing."""
        origins = set()
        for text in self._listed(name) or ([","] if self.text(name) else []):
            try:
                origins.add(parse_allowed_origin(text, loopback=loopback))
            except ValueError as error:
                self.problem(name, f"{error}, not {shown(text)}")
        return frozenset(origins)

    def permission_sets(self, name: str) -> frozenset[str] | None:
        """Return the listed API names; None when the variable is missing."""
        for text in self._listed(name):
            try:
                PermissionSet.parse(text)
            except ValueError:
                example = "MySet or ns__MySet"
                self.problem(name, f"must list API names such as {example}, not {shown(text)}")
        return frozenset(self._listed(name)) if self.text(name) else None

    def fernet_keys(self, name: str) -> tuple[str, ...]:
        """Return the listed keys of Fernet; messages quote nothing of them."""
        keys = tuple(self._listed(name))
        if not all(re.fullmatch(r"[A-Za-z0-9_-]{43}=", key) for key in keys):
            how = "python -c 'from cryptography.fernet import Fernet as F; print(F.generate_key())'"
            self.problem(name, f"must list keys as made by `{how}`")
            return ()
        return keys

    def job_store_url(self, database: str, file: str, *, on_dyno: bool) -> str:
        """Return where jobs are stored, as a URL of SQLAlchemy.

        Heroku's ``postgres://`` is what SQLAlchemy calls ``postgresql``; its databases want TLS and
        sign their certificates themselves.
        """
        url = self.text(database)
        if not url:
            run_dir = self.text("RUN_DIR") or f"/tmp/functions-{self.text('PORT') or 3000}"  # noqa: S108 - bin/start makes it ours
            path = Path(self.text(file) or f"{run_dir}/async.sqlite3")
            if self.text(file) and not _can_be_made(path):
                self.problem(
                    file, f"must be a file in a folder we may write, not {shown(str(path))}"
                )
            return f"sqlite:///{path}"
        if not (match := _DATABASE_URL.fullmatch(url)):
            self.problem(database, "must be a URL such as postgres://user:password@host:5432/name")
            return "sqlite://"
        query = match["query"] or ""
        if on_dyno and "sslmode=" not in query:
            query += "&sslmode=require" if query else "?sslmode=require"
        return f"postgresql+psycopg://{match['where']}{query}"

    def _listed(self, name: str) -> list[str]:
        return [part.strip() for part in self.text(name).split(",") if part.strip()]


def _can_be_made(path: Path) -> bool:
    """Tell whether a file of ours can be there: nothing is made yet, the settings may be wrong."""
    if path.exists():
        return path.is_file() and os.access(path, os.R_OK | os.W_OK)
    nearest = next(parent for parent in path.absolute().parents if parent.exists())
    return nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)


def shown(text: str) -> str:
    """Return a wrong value fit for a message.

    It may be a secret that was pasted into the wrong variable, so what stands before an ``@`` is
    left out, and of a long text only the start is quoted.
    """
    text = re.sub(r".*@", "...@", text, flags=re.DOTALL)
    return repr(text if len(text) <= LONGEST_SHOWN else f"{text[:8]}...")


def read_private_key(read: SettingsReader) -> RSAPrivateKey | None:
    """Return the RSA key, or None with a problem noted, which quotes nothing of what was read."""
    encoded, path = read.text("ENCODED_PRIVATE_KEY"), read.text("PRIVATE_KEY_FILEPATH")
    name = "PRIVATE_KEY_FILEPATH" if path and not encoded else "ENCODED_PRIVATE_KEY"
    try:
        if encoded or path:
            return _parse_key(_decode(encoded) if encoded else _read_file(path))
    except ValueError as error:
        read.problem(name, str(error))
        return None
    ways = "`base64 < private_key.pem` (or PRIVATE_KEY_FILEPATH to the file)"
    read.problem(name, f"is missing: set it to {ways}")
    return None


def _decode(encoded: str) -> bytes:
    try:
        return base64.b64decode("".join(encoded.split()), validate=True)
    except ValueError as error:
        raise ValueError("isn't base64: set it to `base64 < private_key.pem`") from error


def _read_file(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise ValueError(f"can't be read: {shown(path)}: {error.strerror}") from error
    except ValueError as error:
        raise ValueError(f"can't be read: {shown(path)}: not a path") from error


def _parse_key(pem: bytes) -> RSAPrivateKey:
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ValueError("must hold an RSA private key in PEM, without a passphrase") from error
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("must hold an RSA key: Salesforce takes RS256 only")  # noqa: TRY004
    if key.key_size < SMALLEST_KEY_BITS:
        raise ValueError(
            f"holds an RSA key of {key.key_size} bits: use {SMALLEST_KEY_BITS} or more"
        )
    return key
