"""Reads environment variables one after the other and collects what is wrong with them."""

from __future__ import annotations

import math
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from invocation.org import private_key
from invocation.org.hosts import is_of_salesforce, parse_allowed_origin, parse_audience
from invocation.org.names import PermissionSet
from invocation.org.org_id import parse_org_id
from invocation.settings.database_url import parse_database_url

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

QUOTES: Final = "\"'`\u201c\u201d\u2018\u2019"
FERNET: Final = (
    "python -c 'from cryptography.fernet import Fernet as F; print(F.generate_key().decode())'"
)
_SHELL: Final = " (a shell takes them away, docker's --env-file and config vars do not)"
MOST_PROCESSES: Final = 32
"""Proxy processes that share one port; bin/start has the same number."""
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
        self.warnings: list[str] = []
        """The same of what works, but hardly as it was meant."""
        self.names: set[str] = set()
        """Every variable that was asked for, whether it is there or not."""

    def problem(self, name: str, text: str) -> None:
        """Note what is wrong with ``name``."""
        self._bad.add(name)
        self.problems.append(f"{name} {text}")

    def warning(self, name: str, text: str) -> None:
        """Note what is odd about ``name``."""
        self.warnings.append(f"{name} {text}")

    def was_good(self, *names: str) -> bool:
        """Tell whether nothing is wrong with these, so that they can be compared."""
        return not self._bad & set(names)

    def text(self, name: str) -> str:
        """Return the value without white space around it; empty when it is missing or in quotes."""
        text = self._env.get(name, "").strip()
        first_time = name not in self.names
        self.names.add(name)
        if not text or (text[0] not in QUOTES and text[-1] not in QUOTES):
            return text
        if first_time:
            self.problem(name, f"is in quotes, which are kept: remove them{_SHELL}")
        return ""

    def is_set(self, name: str) -> bool:
        """Tell whether there is a value, in whatever form: a shell's command may end in quotes."""
        self.names.add(name)
        return bool(self._env.get(name, "").strip())

    def required(self, name: str, meaning: str) -> str:
        """Return a value that must be there."""
        if not (text := self.text(name)) and self.was_good(name):
            self.problem(name, f"is missing: set it to {meaning}")
        return text

    def consumer_key(self, name: str) -> str:
        """Return the key by which the org knows the app; messages quote nothing of it."""
        text = self.required(name, "the consumer key of the app that lends the function a token")
        if re.search(r"\s", text):
            self.problem(name, "holds a blank or a line break: copy it again, as one line")
        elif text and not re.fullmatch(r"[!-~]+", text):
            self.problem(name, "holds a character that no consumer key has: copy it again")
        elif text.endswith("..."):
            self.problem(name, "is an example: set it to the consumer key that the app shows")
        return text

    def org_id(self, name: str) -> str:
        """Return an org's id in its one 18-character form."""
        text = self.required(name, "your org's 18-character id (Setup > Company Information)")
        try:
            return parse_org_id(text) if text else ""
        except ValueError as error:
            self.problem(name, f"{error}, not {shown(text)}")
            return ""

    def private_key(self, encoded_name: str, path_name: str) -> RSAPrivateKey | None:
        """Return the RSA key, or None with a problem noted that quotes nothing of the key."""
        encoded, path = self.text(encoded_name), self.text(path_name)
        name = path_name if path and not encoded else encoded_name
        if encoded and path:
            self.warning(path_name, f"is ignored, since {encoded_name} is set: unset one of them")
        try:
            if encoded or path:
                text = private_key.decode(encoded) if encoded else private_key.read_file(path)
                return private_key.parse(text)
        except ValueError as error:
            of_file = f": {shown(path)}" if name == path_name else ""
            self.problem(name, f"{error}{of_file}")
            return None
        if self.was_good(encoded_name, path_name):
            ways = f"`base64 < {private_key.FILE}` (or {path_name} to the file)"
            self.problem(name, f"is missing: set it to {ways}")
        return None

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

    def processes(self, name: str) -> int:
        """Return how many processes to start; buildpacks ask for two for each core and one more."""
        asked = self.whole(name, 1, low=1, high=1000)
        if asked > MOST_PROCESSES:
            self.warning(
                name,
                f"is {asked}, and {MOST_PROCESSES} are started, the most there can be: set it to"
                " the number of cores (buildpacks set it by themselves)",
            )
        return min(asked, MOST_PROCESSES)

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        """Return one of a few words, in upper case."""
        text = self.text(name).upper() or default
        if text not in allowed:
            self.problem(name, f"must be one of {', '.join(allowed)}, not {shown(text)}")
            return default
        return text

    def client_ids(self, name: str) -> frozenset[str]:
        """Return the listed consumer keys; none when the variable is missing."""
        listed = self._listed(name)
        if not all(re.fullmatch(r"[!-+\--~]{10,512}", key) for key in listed):
            self.problem(name, "must list consumer keys of apps, separated by commas")
        if self.text(name) and not listed:
            self.problem(name, "lists no consumer key: remove it, or list one")
        return frozenset(listed)

    def consumer_secret(self, name: str) -> str:
        """Return the app's secret, if there is one; messages quote nothing of it."""
        text = self.text(name)
        if text and not re.fullmatch(r"[!-~]{8,512}", text):
            self.problem(name, "must be the app's consumer secret: copy it again, as one line")
            return ""
        return text

    def token(self, name: str) -> str:
        """Return a secret that nobody guesses, or nothing; messages quote nothing of it."""
        text = self.text(name)
        if text and not re.fullmatch(r"[!-~]{16,512}", text):
            self.problem(name, "must have 16 or more characters: `openssl rand -hex 32` makes one")
            return ""
        return text

    def audience(self, name: str) -> str | None:
        """Return who assertions are for, if that was said."""
        text = self.text(name)
        try:
            audience = parse_audience(text) if text else None
        except ValueError as error:
            self.problem(name, f"{error}, not {shown(text)}")
            return None
        if audience and not is_of_salesforce(audience):
            self.warning(
                name, "names no host of Salesforce, whose orgs will say: audience is invalid"
            )
        return audience

    def origins(self, name: str, *, loopback: bool) -> frozenset[str]:
        """Return the listed origins; none only when the variable is missing."""
        origins = set()
        for text in self._listed(name) or ([","] if self.text(name) else []):
            try:
                origins.add(parse_allowed_origin(text, loopback=loopback))
            except ValueError as error:
                self.problem(name, f"{error}, not {shown(text)}")
                continue
            if not is_of_salesforce(text):
                self.warning(name, f"names {shown(text)}, which is no host of Salesforce")
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
            self.problem(name, f"must list keys as made by `{FERNET}`, separated by commas")
            return ()
        return keys

    def job_store_url(self, database: str, file: str, *, on_dyno: bool) -> str:
        """Return where jobs are stored, as a URL of SQLAlchemy."""
        url = self.text(database)
        if url and self.text(file):
            self.warning(file, f"is ignored, since {database} is set: unset one of them")
        if url:
            try:
                return parse_database_url(url, on_dyno=on_dyno)
            except ValueError as error:
                self.problem(database, str(error))
                return "sqlite://"
        path = Path(self.text(file) or f"{self.run_dir()}/async.sqlite3")
        if self.text(file) and not _can_be_made(path):
            self.problem(file, f"must be a file in a folder we may write, not {shown(str(path))}")
        return f"sqlite:///{path}"

    def run_dir(self) -> str:
        """Return the folder that bin/start makes ours."""
        return self.text("RUN_DIR") or f"/tmp/functions-{self.text('PORT') or 3000}"  # noqa: S108

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
