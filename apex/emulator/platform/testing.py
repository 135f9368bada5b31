"""What lives as long as one test method."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apex.emulator.platform.job import Job
    from apex.emulator.platform.limits import Limits
    from apex.emulator.values import Value


@dataclass(eq=False, slots=True)
class TestContext:
    """Mocks, and where ``Test.startTest`` and ``Test.stopTest`` are."""

    __test__ = False  # pytest would collect it by its name

    mocks: dict[str, Value] = field(default_factory=dict)
    """By lower-case interface name."""
    started: bool = False
    stopped: bool = False
    outer: tuple[Limits, bool] | None = None
    """Limits and pending work of the test around ``startTest``."""
    jobs: list[Job] = field(default_factory=list)
    """Collected since ``startTest``."""
    earlier: list[Job] = field(default_factory=list)
    """Enqueued before `startTest`: they run when the test method is over."""
    fresh_statics: bool = False
    """Asynchronous jobs see static fields anew instead of the test's."""
    page: Value = None
