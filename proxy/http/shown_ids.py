"""What of a request's own words is fit for logs and answers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import falcon

_ONE_LINE: Final = re.compile(r"[ -~]{1,256}")


def shown_id(req: falcon.Request, header: str) -> str | None:
    """A header's value fit for logs and answers: one printable line, not too long."""
    return one_line(req.get_header(header))


def log_ids(event_id: str | None, request_id: str | None) -> dict[str, str | None]:
    """Return what the log calls a request: Apex gives both ids one value, Heroku's router two."""
    return {"id": event_id} | ({"request_id": request_id} if request_id != event_id else {})


def one_line(value: str | None) -> str | None:
    """Return a text if it is one printable line, not too long."""
    return value if value and _ONE_LINE.fullmatch(value) else None
