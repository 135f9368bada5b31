"""``DATABASE_URL``, as SQLAlchemy wants it; each slip has its sentence. Pure.

Nothing of the URL is quoted: it holds a password.
"""

from __future__ import annotations

import re
from typing import Final

_URL: Final = re.compile(
    r"postgres(?:ql)?://(?P<where>(?:[^\s?/@]+@)?[^\s?/@:]+(?::[0-9]{1,5})?/[^\s?/]+)"
    r"(?P<query>\?\S*)?"
)
_MUST: Final = "must be a URL such as postgres://user:password@host:5432/name"
_OTHER_DRIVER: Final = re.compile(r"postgres(?:ql)?\+[a-z0-9]+://", re.IGNORECASE)
_SCHEME: Final = re.compile(r"([a-z][a-z0-9+.-]{0,20})://", re.IGNORECASE)
_SPECIAL: Final = "@ as %40, : as %3A, / as %2F, ? as %3F, # as %23, % as %25"


def parse_database_url(url: str, *, on_dyno: bool) -> str:
    """Return the URL of the job store for SQLAlchemy.

    Heroku's ``postgres://`` is what SQLAlchemy calls ``postgresql``; its databases want TLS and
    sign their certificates themselves.

    Raises:
        ValueError: with what is wrong.
    """
    if not (match := _URL.fullmatch(url)):
        raise ValueError(f"{_MUST}: {_slip(url)}")
    query = match["query"] or ""
    if on_dyno and "sslmode=" not in query:
        query += "&sslmode=require" if query else "?sslmode=require"
    return f"postgresql+psycopg://{match['where']}{query}"


def _slip(url: str) -> str:
    scheme = _SCHEME.match(url)
    before, _, where = url.partition("://")[2].rpartition("@")
    if re.search(r"\s", url):
        told = "it holds a blank or a line break"
    elif not scheme or _OTHER_DRIVER.match(url):
        told = "it begins with postgres://, without a driver's name"
    elif scheme[1] not in {"postgres", "postgresql"}:
        told = "only PostgreSQL is supported, and the scheme is in lower case"
    elif re.search(r"[@/?]", before) or before.count(":") > 1:
        told = f"its user or password holds a character that is written otherwise: {_SPECIAL}"
    elif not re.fullmatch(r"[^/?]+/[^/?]+.*", where):
        told = "it names no database, which follows the host and a slash"
    else:
        told = "host, port or database are not as there"
    return told
