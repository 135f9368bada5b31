"""How long one invocation may take, and who says so."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from salesforce_functions._internal.cloud_event import SalesforceCloudEvent
from salesforce_functions._internal.log import get_logger
from salesforce_functions._internal.settings import Settings

_logger = get_logger()

_ASYNC: Final = "com.salesforce.function.invoke.async"


class TookTooLong(Exception):
    """The function did not finish in time; the text says what to change."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TimeLimit:
    """The end of an invocation."""

    left_s: float
    """Seconds from now, more than 0."""

    name: str
    """What it is, as in ``within 27 seconds``."""

    advice: str
    """What to change when it is too short."""


def time_limit(
    event: SalesforceCloudEvent, settings: Settings, *, now: datetime
) -> TimeLimit | None:
    """Return the limit that ends first: the server's or the caller's; `None` without any.

    A deadline that is over limits nothing: tools that send one send a constant.
    """
    of_server, of_caller = _of_server(event, settings), _of_caller(event, now)
    if of_server is None or of_caller is None:
        return of_server or of_caller
    return min(of_server, of_caller, key=lambda limit: limit.left_s)


def _of_server(event: SalesforceCloudEvent, settings: Settings) -> TimeLimit | None:
    # The proxy waits for the two kinds by settings of these names, so they are the same here: a
    # limit for calls that somebody waits for must not end a job that may take its time.
    if event.type == _ASYNC:
        setting, advice = settings.async_timeout_s, "or raise ASYNC_FUNCTION_TIMEOUT_S"
    else:
        setting = settings.sync_timeout_s
        advice = "invoke it asynchronously, or raise FUNCTION_TIMEOUT_S"
    # What the proxy still waits is less than its setting: it had to ask the org before.
    limits = [seconds for seconds in (setting, event.time_limit_s) if seconds]
    if not limits:
        return None
    seconds = min(limits)
    return TimeLimit(left_s=seconds, name=f"within {seconds:.4g} seconds", advice=advice)


def _of_caller(event: SalesforceCloudEvent, now: datetime) -> TimeLimit | None:
    if event.deadline is None:
        return None
    left_s = (event.deadline - now).total_seconds()
    if left_s <= 0:
        _logger.debug("Ignored a deadline that is over")
        return None
    return TimeLimit(
        left_s=left_s,
        name=f"before its caller's deadline, {event.deadline.isoformat()}",
        advice="or have the caller set a later deadline",
    )
