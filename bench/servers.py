"""Puts the same load to several servers, and tells what each request cost them."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bench.costs import cpu_s, memory_mb
from bench.load import Load, send
from bench.rounds import Candidate, Comparison, Rounds, values_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Executor

    from localstack.programs import Program


@dataclass(frozen=True, kw_only=True, slots=True)
class Server:
    """A program that answers."""

    name: str
    program: Program
    port: int

    def measure(self, load: Load, generator: Executor) -> dict[str, float]:
        """Put a load to it once; the load's own port does not count.

        Raises:
            WrongAnswersError: it did not answer all of it as it should.
        """
        before_s = cpu_s(self.program)
        timed = generator.submit(send, replace(load, port=self.port)).result()
        return values_of(timed, cpu_s=cpu_s(self.program) - before_s)


def compare_servers(
    title: str,
    servers: Sequence[Server],
    load: Load,
    rounds: Rounds,
    *,
    floor: str,
    aim: tuple[str, float] | None = None,
) -> Comparison:
    """Put a load to each of the servers, in turn, in every round.

    Args:
        title: of the table.
        servers: all of them run.
        load: what each is sent.
        rounds: how they take turns.
        floor: the server that the others are compared with.
        aim: a server, and how much of the floor's throughput it should reach.
    """
    candidates = [
        Candidate(
            name=server.name, measure=functools.partial(server.measure, load, rounds.generator)
        )
        for server in servers
    ]
    compared = ("per_second", "cpu_us")
    return rounds.compare(title, candidates, floor=floor, compared=compared, aim=aim)


def memory_notes(servers: Sequence[Server]) -> Iterator[str]:
    """Tell what the servers hold now."""
    for server in servers:
        rss_mb, pss_mb = memory_mb(server.program)
        yield f"memory, {server.name}: RSS {rss_mb:.0f} MB, PSS {pss_mb:.0f} MB"
