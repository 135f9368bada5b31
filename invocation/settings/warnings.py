"""What is odd about settings that work: misspelt names, and what Heroku does not do. Pure."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from invocation.settings.reader import SettingsReader

ROUTER_LIMIT_S: Final = 30
"""Heroku's router answers 503 then, whatever the app does."""
_OF_OTHERS: Final = frozenset({"DYNO", "FUNCTION_PACKAGES"})
"""Read as well, but set by Heroku and the image."""
_ALSO_CALLED: Final = {
    "ORG_ID": "ORG_ID_18",
    "ORGID": "ORG_ID_18",
    "ORG_ID_15": "ORG_ID_18",
    "SF_ORG_ID": "ORG_ID_18",
    "CLIENT_ID": "CONSUMER_KEY",
    "SF_CONSUMER_KEY": "CONSUMER_KEY",
    "PRIVATE_KEY": "ENCODED_PRIVATE_KEY",
    "ENCODED_KEY": "ENCODED_PRIVATE_KEY",
    "PRIVATE_KEY_FILE": "PRIVATE_KEY_FILEPATH",
    "PRIVATE_KEY_PATH": "PRIVATE_KEY_FILEPATH",
    "AUDIENCE": "SF_AUDIENCE",
    "SF_AUDIENCE_URL": "SF_AUDIENCE",
    "SF_LOGIN_URL": "SF_AUDIENCE",
    "MY_DOMAIN": "ORG_DOMAIN_URL",
    "MY_DOMAIN_URL": "ORG_DOMAIN_URL",
}
_OF_THE_REFERENCE: Final = {
    "APP_BASE": "is not used: FUNCTION_DIR names the function's folder",
    "FUNCTION_HOST": "is not used: the function listens on 127.0.0.1 alone",
    "FUNCTION_URL": "is not used: the function is at 127.0.0.1, its port is FUNCTION_PORT",
    "PROXY_JAVA_TOOL_OPTIONS": "is not used: this proxy is no Java program; JAVA_TOOL_OPTIONS are"
    " the function's",
}
"""Variables of the public reference that have no effect here."""
_OF_THE_PLATFORM: Final = re.compile(
    r"(?:HEROKU|PG|PYTHON|PIP|UV|NODE|NPM|YARN|JAVA|JVM|MAVEN|GRADLE|OTEL|DD|GUNICORN|UVICORN|LC|XDG"
    r"|KUBERNETES|SUPERVISOR|AWS|DOCKER|GIT|CNB|SSH|VIRTUAL)_\w+|PG[A-Z]+|PYTHON[A-Z]+"
    r"|\w+_(?:SERVICE_HOST|SERVICE_PORT\w*|PORT_[0-9]+_\w+)|HEROKU_POSTGRESQL_\w+|_\w*"
)
_SHORTEST: Final = 6
"""Names as short as PORT are like too many others."""
_ALIKE: Final = 0.85


def note_oddities(
    read: SettingsReader,
    names: Iterable[str],
    *,
    declared: Collection[str],
    function_timeout_s: float,
) -> None:
    """Note what works, but hardly as it was meant, as warnings.

    Args:
        read: takes the warnings.
        names: of all variables that are set.
        declared: names of all settings.
        function_timeout_s: as it was set.
    """
    if read.on_dyno and not read.text("DATABASE_URL"):
        read.warning(
            "DATABASE_URL",
            "is missing: accepted asynchronous calls end with their dyno;"
            " `heroku addons:create heroku-postgresql --as DATABASE` adds it",
        )
    if read.on_dyno and function_timeout_s >= ROUTER_LIMIT_S:
        read.warning(
            "FUNCTION_TIMEOUT_S",
            f"is {function_timeout_s:g}, but Heroku's router gives up after {ROUTER_LIMIT_S} s, and"
            " the caller gets its 503: set it to 27, and invoke what takes longer asynchronously",
        )
    known = _OF_OTHERS.union(declared)
    names = set(names)
    for name in sorted(names & _OF_THE_REFERENCE.keys()):
        read.warning(name, _OF_THE_REFERENCE[name])
    for name in sorted(names - known - _OF_THE_REFERENCE.keys()):
        if (meant := _meant_by(name, known)) and meant not in names:
            read.warning(name, f"is no setting: probably {meant} is meant")


def _meant_by(name: str, declared: Collection[str]) -> str | None:
    """Return the setting whose name was misspelt, if this looks like one."""
    # A file that was saved on Windows may begin with a byte order mark.
    plain = re.sub(r"[^A-Z0-9]+", "_", name.strip().lstrip("\ufeff").upper()).strip("_")
    if plain in declared:
        return plain
    if plain in _ALSO_CALLED:
        return _ALSO_CALLED[plain]
    if _OF_THE_PLATFORM.fullmatch(name):
        return None
    candidates = [each for each in declared if len(each) >= _SHORTEST]
    return next(iter(difflib.get_close_matches(plain, candidates, n=1, cutoff=_ALIKE)), None)
