"""What to do next with a job, from how far it has come. Pure.

A function runs at most once unless the operator asked for more (``ASYNC_INVOKE_ATTEMPTS``), and one
process at a time writes a record: both follow from what is decided here before each step.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from invocation.jobs.job import JobState

if TYPE_CHECKING:
    from invocation.settings.config import Config
    from relay.ledger import Entry


class Step(Enum):
    """What a relay does with a job, unless it gives it up."""

    INVOKE = "invoke"
    """Call the function: nobody has."""
    WAIT = "wait"
    """Look again in a while: another process, which lives, is at it."""
    INTERRUPTED = "interrupted"
    """Its process ended inside of the call: the function may have run."""
    DELIVER = "deliver"
    """Write the outcome to the record."""
    NOTHING = "nothing"
    """It is at its end."""


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Leave the job to a person."""

    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """How old a job may become, in seconds since it was accepted."""

    delivery_s: float
    """Until then function and org are tried again."""
    kept_s: float
    """No store still has an unfinished job that is older: somebody has put an old row back."""

    @classmethod
    def of(cls, config: Config) -> Limits:
        """Return what the settings say."""
        delivery_s = config.async_delivery_hours * 3600
        return cls(delivery_s=delivery_s, kept_s=delivery_s + config.async_keep_days * 86_400)


def next_step(entry: Entry, limits: Limits, *, now_s: float, owner_alive: bool) -> Step | GiveUp:
    """Return what to do with a job.

    Args:
        entry: how far it has come.
        limits: see there.
        now_s: seconds since 1970.
        owner_alive: whether the process that `Entry.runner` names may still be at it; of no
            account while nobody is.
    """
    match entry.state:
        case JobState.ACCEPTED if now_s > entry.job.accepted_at_s + limits.kept_s:
            return GiveUp("it is older than anything that is kept")
        case JobState.ACCEPTED:
            return Step.INVOKE
        case JobState.INVOKING | JobState.DELIVERING if owner_alive:
            return Step.WAIT
        case JobState.INVOKING:
            return Step.INTERRUPTED
        case JobState.ANSWERED | JobState.DELIVERING:
            return Step.DELIVER
    return Step.NOTHING


def is_out_of_time(entry: Entry, limits: Limits, *, now_s: float) -> bool:
    """Tell whether to try no more when function or org are not there."""
    return now_s > entry.job.accepted_at_s + limits.delivery_s
