"""How a setting that is no mere number or word is read; each slip has its sentence.

Each function reads the variable ``name``. When it is wrong, that is noted, and what is returned
stands in for it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from invocation.org import private_key as key_file
from invocation.org.hosts import is_of_salesforce, parse_allowed_origin, parse_audience
from invocation.org.names import PermissionSet
from invocation.org.org_id import parse_org_id
from invocation.settings.one_core import OneCore
from invocation.settings.reader import shown

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from invocation.settings.reader import SettingsReader

FERNET: Final = (
    "python -c 'from cryptography.fernet import Fernet as F; print(F.generate_key().decode())'"
)
MOST_PROCESSES: Final = 32
"""Proxy processes that share one port."""
KEY_FILE: Final = "PRIVATE_KEY_FILEPATH"
"""Names the file that holds the private key."""
SPARE_THREADS: Final = 8
"""So many of the proxy's threads are left for what is no invocation, such as health."""


def text(read: SettingsReader, name: str, default: str) -> str:
    """Return the value as it is."""
    return read.text(name) or default


def path(read: SettingsReader, name: str, default: Path | None) -> Path | None:
    """Return a path, which need not be there."""
    return Path(named) if (named := read.text(name)) else default


def consumer_key(read: SettingsReader, name: str) -> str:
    """Return the key by which the org knows the app; messages quote nothing of it."""
    text = read.required(name, "the consumer key of the app that lends the function a token")
    if re.search(r"\s", text):
        read.problem(name, "holds a blank or a line break: copy it again, as one line")
    elif text and not re.fullmatch(r"[!-~]+", text):
        read.problem(name, "holds a character that no consumer key has: copy it again")
    elif text.endswith("..."):
        read.problem(name, "is an example: set it to the consumer key that the app shows")
    return text


def org_id(read: SettingsReader, name: str) -> str:
    """Return an org's id in its one 18-character form."""
    text = read.required(name, "your org's 18-character id (Setup > Company Information)")
    try:
        return parse_org_id(text) if text else ""
    except ValueError as error:
        read.problem(name, f"{error}, not {shown(text)}")
        return ""


def private_key(read: SettingsReader, name: str) -> RSAPrivateKey | None:
    """Return the RSA key, or None with a problem noted that quotes nothing of the key.

    Without ``name`` it is in the file that another setting names.
    """
    encoded, path = read.text(name), read.text(KEY_FILE)
    of_file = bool(path and not encoded)
    if encoded and path:
        read.warning(KEY_FILE, f"is ignored, since {name} is set: unset one of them")
    try:
        if encoded or path:
            return key_file.parse(key_file.read_file(path) if of_file else key_file.decode(encoded))
    except ValueError as error:
        where = f": {shown(path)}" if of_file else ""
        read.problem(KEY_FILE if of_file else name, f"{error}{where}")
        return None
    if read.was_good(name, KEY_FILE):
        ways = f"`base64 < {key_file.FILE}` (or {KEY_FILE} to the file)"
        read.problem(name, f"is missing: set it to {ways}")
    return None


def max_inflight(read: SettingsReader, name: str, _: int) -> int:
    """Return how many invocations may run; without a setting all threads do but a few."""
    return read.whole(name, max(1, read.known["threads"] - SPARE_THREADS), (1, 1000))


def processes(read: SettingsReader, name: str, default: int) -> int:
    """Return how many processes to start; buildpacks ask for two for each core and one more."""
    asked = read.whole(name, default, (1, 1000))
    if asked > MOST_PROCESSES:
        read.warning(
            name,
            f"is {asked}, and {MOST_PROCESSES} are started, the most there can be: set it to"
            " the number of cores (buildpacks set it by themselves)",
        )
    return min(asked, MOST_PROCESSES)


def log_level(read: SettingsReader, name: str, default: str) -> str:
    """Return from which level on events are logged."""
    return read.choice(name, default, ("DEBUG", "INFO", "WARNING", "ERROR"))


def one_core(read: SettingsReader, name: str, default: OneCore) -> OneCore:
    """Return which core each process keeps to."""
    return OneCore(read.choice(name, default, tuple(OneCore)))


def client_ids(read: SettingsReader, name: str, default: frozenset[str]) -> frozenset[str]:
    """Return the listed consumer keys; none when the variable is missing."""
    listed = read.listed(name)
    if not all(re.fullmatch(r"[!-+\--~]{10,512}", key) for key in listed):
        read.problem(name, "must list consumer keys of apps, separated by commas")
    if read.text(name) and not listed:
        read.problem(name, "lists no consumer key: remove it, or list one")
    return frozenset(listed) or default


def consumer_secret(read: SettingsReader, name: str, default: str) -> str:
    """Return the app's secret, if there is one; messages quote nothing of it."""
    text = read.text(name)
    if text and not re.fullmatch(r"[!-~]{8,512}", text):
        read.problem(name, "must be the app's consumer secret: copy it again, as one line")
        return default
    return text or default


def token(read: SettingsReader, name: str, default: str) -> str:
    """Return a secret that nobody guesses, or nothing; messages quote nothing of it."""
    text = read.text(name)
    if text and not re.fullmatch(r"[!-~]{16,512}", text):
        read.problem(name, "must have 16 or more characters: `openssl rand -hex 32` makes one")
        return default
    return text or default


def audience(read: SettingsReader, name: str, default: str | None) -> str | None:
    """Return who assertions are for, if that was said."""
    text = read.text(name)
    try:
        named = parse_audience(text) if text else default
    except ValueError as error:
        read.problem(name, f"{error}, not {shown(text)}")
        return default
    if named and not is_of_salesforce(named):
        read.warning(name, "names no host of Salesforce, whose orgs will say: audience is invalid")
    return named


def origins(read: SettingsReader, name: str, default: frozenset[str]) -> frozenset[str]:
    """Return the listed origins; none only when the variable is missing."""
    listed = set()
    for text in read.listed(name) or ([","] if read.text(name) else []):
        try:
            listed.add(parse_allowed_origin(text, loopback=not read.on_dyno))
        except ValueError as error:
            read.problem(name, f"{error}, not {shown(text)}")
            continue
        if not is_of_salesforce(text):
            read.warning(name, f"names {shown(text)}, which is no host of Salesforce")
    return frozenset(listed) or default


def allowed_permission_sets(
    read: SettingsReader, name: str, default: frozenset[str] | None
) -> frozenset[str] | None:
    """Return the listed API names, of which there may be none."""
    return permission_sets(read, name, frozenset()) if read.text(name) else default


def permission_sets(read: SettingsReader, name: str, default: frozenset[str]) -> frozenset[str]:
    """Return the listed API names."""
    for text in read.listed(name):
        try:
            PermissionSet.parse(text)
        except ValueError:
            example = "MySet or ns__MySet"
            read.problem(name, f"must list API names such as {example}, not {shown(text)}")
    return frozenset(read.listed(name)) or default


def fernet_keys(read: SettingsReader, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
    """Return the listed keys of Fernet; messages quote nothing of them."""
    keys = tuple(read.listed(name))
    if not all(re.fullmatch(r"[A-Za-z0-9_-]{43}=", key) for key in keys):
        read.problem(name, f"must list keys as made by `{FERNET}`, separated by commas")
        return default
    return keys or default
