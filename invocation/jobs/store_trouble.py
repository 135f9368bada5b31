"""Why the job store does not work, in one line for the log: the cause, and what to do. Pure.

Nothing of an error's own text is passed on but names of hosts, databases and users: statements
hold jobs, and an address its password.
"""

from __future__ import annotations

import re
from typing import Final

_CREDENTIALS: Final = "set DATABASE_URL to what `heroku config:get DATABASE_URL` or your host shows"
_FULL: Final = "the disk is full: nothing more is accepted until there is room"
_READ_ONLY: Final = (
    "it is read-only: a follower, or full, or set so; DATABASE_URL must name the database that"
    " takes writes"
)

_BY_STATE: Final = {
    "25006": _READ_ONLY,
    "28P01": f"the password is wrong: {_CREDENTIALS}",
    "3D000": "the database does not exist: mend its name in DATABASE_URL, or create it",
    "42501": (
        "the user of DATABASE_URL lacks rights: give it CREATE on the database and on its schema"
        " public"
    ),
    "42P01": "its tables are not there yet: the relay, or bin/release, makes them",
    "53100": _FULL,
    "53200": "the database server is out of memory",
    "53300": "too many connections are open: take a larger plan, or fewer dynos",
    "55P03": "a table is locked by somebody else",
    "57014": "it takes too long",
    "57P01": "the database server is being stopped",
    "57P03": "the database server is starting or stopping",
}
"""By PostgreSQL's error code, which errors at connecting do not have."""

_BY_WORDS: Final = (
    (r"password authentication failed|no password supplied", "28P01"),
    (r"permission denied", "42501"),
    (r"too many connections|remaining connection slots", "53300"),
    (r"the database system is (?:starting up|shutting down|in recovery)", "57P03"),
    (r"No space left on device", "53100"),
)
_NAME: Final = r"([\w.:$-]{1,100})"
_TOLD: Final = (
    (
        rf'database "{_NAME}" does not exist',
        "the database {} does not exist: mend its name in DATABASE_URL, or create it",
    ),
    (rf'role "{_NAME}" does not exist', f"there is no user {{}}: {_CREDENTIALS}"),
    (
        rf"(?:resolve host|translate host name) ['\"]{_NAME}['\"]",
        "the host {} is unknown: mend it in DATABASE_URL",
    ),
    (
        rf'server at "{_NAME}"[^,]*, port ([0-9]+) failed: Connection refused',
        "nothing listens at {} port {}: the database is down, or the port in DATABASE_URL is wrong",
    ),
    (
        r"does not support SSL",
        (
            "the database offers no TLS, which sslmode=require (added on Heroku) wants:"
            " add ?sslmode=disable to DATABASE_URL if the network is yours"
        ),
    ),
    (
        r"no pg_hba\.conf entry.*no encryption",
        (
            "the database lets this user or address not in without TLS:"
            " add ?sslmode=require to DATABASE_URL, or mend its pg_hba.conf"
        ),
    ),
    (
        r"no pg_hba\.conf entry",
        "the database lets this user or address not in: its pg_hba.conf, or trusted IP ranges",
    ),
    (
        r"certificate verify failed|root certificate file|SSL error",
        (
            "TLS failed: the database's certificate is not trusted; see sslmode and sslrootcert in"
            " DATABASE_URL"
        ),
    ),
    (
        r"timeout expired|timed out",
        "it does not answer in time: host and port in DATABASE_URL, or a firewall",
    ),
    (
        r"invalid (?:connection option|URI query parameter|sslmode value)",
        "what follows the ? in DATABASE_URL is no option of PostgreSQL",
    ),
    (r"server closed the connection|connection is lost", "the connection broke"),
    (r"QueuePool limit", "all connections are in use, since it answers slowly"),
)
_BY_SQLITE_CODE: Final = (
    ("SQLITE_FULL", _FULL),
    (
        "SQLITE_READONLY",
        "the file or its folder is read-only: set ASYNC_DB_PATH to one we may write",
    ),
    ("SQLITE_CANTOPEN", "the file can't be opened: set ASYNC_DB_PATH to one we may write"),
    ("SQLITE_PERM", "the file can't be opened: set ASYNC_DB_PATH to one we may write"),
    ("SQLITE_NOTADB", "the file is no database of SQLite: set ASYNC_DB_PATH to another one"),
    ("SQLITE_CORRUPT", "the file is damaged: move it away, and a new one is made"),
    ("SQLITE_BUSY", "another process holds the file's lock"),
    ("SQLITE_CONSTRAINT_TRIGGER", "the container is being stopped, and its file with it"),
    ("SQLITE_IOERR", "the disk fails, or is full"),
)


def why(error: BaseException) -> str:
    """Return the cause of an error of SQLAlchemy, or of a timeout, and what to do about it."""
    original = getattr(error, "orig", None) or error
    sqlite_code = getattr(original, "sqlite_errorname", None) or ""
    for code, cause in _BY_SQLITE_CODE:
        if sqlite_code.startswith(code):
            return cause
    if (state := getattr(original, "sqlstate", None)) in _BY_STATE:
        return _BY_STATE[state]
    text = str(original)
    for words, template in _TOLD:
        if match := re.search(words, text, re.DOTALL):
            return template.format(*match.groups())
    for words, state in _BY_WORDS:
        if re.search(words, text):
            return _BY_STATE[state]
    if isinstance(error, TimeoutError):
        return "it does not answer in time"
    return type(original).__name__
