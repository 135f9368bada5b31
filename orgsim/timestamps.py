"""How the platform writes points in time."""

import datetime as dt


def timestamp(seconds: float, *, zone: str = "+0000") -> str:
    """Return a point in time as REST answers have it, e.g. ``2023-03-23T15:18:53.000+0000``.

    Args:
        seconds: since 1970.
        zone: how UTC is written: ``+0000`` in records, ``Z`` in userinfo.
    """
    moment = dt.datetime.fromtimestamp(seconds, dt.UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}{zone}"
