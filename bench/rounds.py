"""Rounds: every candidate takes its turn in each, in rotating order, and is compared within it.

Two runs on a shared machine can't be compared; two candidates in the same seconds can.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import Executor

    from bench.timed import Timed

    Step = Callable[[str], None]
    """Is told what is measured next."""

HIGHER_IS_BETTER: Final = frozenset({"per_second"})
"""Of the metrics; the others are better when they are lower."""


class WrongAnswersError(Exception):
    """Not every answer was the expected one, so the numbers mean nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """Something that is measured."""

    name: str
    measure: Callable[[], Mapping[str, float]]
    """Measures once; the values have the names of `bench.report.METRICS`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """Candidates that were measured in the same rounds."""

    title: str
    floor: str
    """The candidate that the others are compared with."""
    compared: tuple[str, ...]
    """The metrics whose ratios are told; an aim is about the first."""
    measured: Mapping[str, Mapping[str, list[float]]]
    """By candidate and metric: one value for each round."""
    aim: tuple[str, float] | None = None
    """A candidate, and the ratio that it should have: at least, or for times at most."""
    notes: list[str] = field(default_factory=list)

    def ratios(self, name: str, metric: str) -> list[float]:
        """Return a candidate's value by the floor's, round by round."""
        floor = self.measured[self.floor][metric]
        values = self.measured[name][metric]
        return [value / least for value, least in zip(values, floor, strict=True) if least]

    def ratio(self, name: str, metric: str) -> float:
        """Return the median of `ratios`; not a number when the floor was too quick to be seen."""
        ratios = self.ratios(name, metric)
        return statistics.median(ratios) if ratios else float("nan")


@dataclass(frozen=True, kw_only=True, slots=True)
class Rounds:
    """How everything in one run is measured."""

    count: int
    generator: Executor
    """The process that makes the load: ours only starts, stops and reads clocks."""
    step: Step

    def compare(
        self,
        title: str,
        candidates: Sequence[Candidate],
        *,
        floor: str,
        compared: tuple[str, ...],
        aim: tuple[str, float] | None = None,
    ) -> Comparison:
        """Measure each candidate once in every round; who begins changes. The first is not counted.

        Args:
            title: of the table.
            candidates: see `Candidate`.
            floor: as in `Comparison`.
            compared: as in `Comparison`.
            aim: as in `Comparison`.
        """
        measured: dict[str, dict[str, list[float]]] = {
            candidate.name: {} for candidate in candidates
        }
        for number in range(-1, self.count):
            first = number % len(candidates)
            for candidate in (*candidates[first:], *candidates[:first]):
                told = f"round {number + 1} of {self.count}" if number >= 0 else "warming up"
                self.step(f"{title}: {candidate.name}, {told}")
                for metric, value in candidate.measure().items():
                    if number >= 0:
                        measured[candidate.name].setdefault(metric, []).append(value)
        return Comparison(title=title, floor=floor, compared=compared, measured=measured, aim=aim)


def values_of(timed: Timed, *, cpu_s: float | None = None) -> dict[str, float]:
    """Return what is told of some requests or inserts.

    Args:
        timed: they.
        cpu_s: what the program that answered them took, when that is known.

    Raises:
        WrongAnswersError: some went wrong.
    """
    done = len(timed.latencies_s)
    if timed.wrong or not done:
        told = ", ".join(sorted(set(timed.wrong)))
        raise WrongAnswersError(f"{len(timed.wrong)} of {len(timed.wrong) + done} failed: {told}")
    values = {
        "per_second": timed.per_second,
        "p50_ms": timed.percentile_ms(0.5),
        "p99_ms": timed.percentile_ms(0.99),
    }
    return values if cpu_s is None else values | {"cpu_us": cpu_s / done * 1e6}
