"""``bench jobs``: what it costs to accept a job, and how soon its record has the outcome."""

from __future__ import annotations

import contextlib
import functools
import itertools
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench.inserts import Inserts, insert
from bench.invocations import PAYLOAD, async_request
from bench.load import Load, send
from bench.programs import wait_until
from bench.rounds import Candidate, Comparison, Rounds, values_of
from bench.servers import Server
from bench.stage import running_stage
from bench.stores import fsync_ms, running_stores
from bench.timed import Timed
from localstack.stores import KINDS

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping

    from bench.stage import Stage
    from bench.stores import Stores
    from localstack.programs import Program

SENDERS: Final = (1, 8)
PACED_CONNECTIONS: Final = 4
INSERT: Final = "bare insert"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this bench can be told."""
    for name, kind, default, told in (
        ("--count", int, 400, "jobs to accept each time"),
        ("--pace", float, 20.0, "jobs a second while PATCHes are timed"),
        ("--seconds", float, 5.0, "how long at that pace each time"),
    ):
        parser.add_argument(name, type=kind, default=default, help=f"{told} (%(default)s)")
    parser.add_argument(
        "--store", choices=(*KINDS, "both"), default="both", help="where (%(default)s)"
    )


def run(arguments: argparse.Namespace, rounds: Rounds) -> list[Comparison]:
    """Measure accepting, then the whole way, on each store."""
    comparisons = []
    for kind in KINDS if arguments.store == "both" else (arguments.store,):
        with (
            tempfile.TemporaryDirectory(prefix="bench-") as name,
            running_stage(Path(name)) as stage,
            running_stores(kind, stage.folder) as stores,
        ):
            bench = _Bench(kind=kind, stage=stage, stores=stores, rounds=rounds)
            comparisons += bench.compare_accepting(arguments.count)
            comparisons.append(bench.compare_outcomes(arguments.pace, arguments.seconds))
            comparisons[-1].notes.append(f"an fsync here takes {fsync_ms(stage.folder):.2f} ms")
    return comparisons


@dataclass(frozen=True, kw_only=True, slots=True)
class _Bench:
    """Measures on one kind of store."""

    kind: str
    stage: Stage
    stores: Stores
    rounds: Rounds
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def compare_accepting(self, count: int) -> list[Comparison]:
        """Let the proxy store jobs, with no relay beside it."""
        settings = self.stores.new("accepted").settings
        self.stage.make_tables(**settings)
        with self._proxy(settings) as (server, token):
            return [
                self.rounds.compare(
                    f"{self.kind}: jobs accepted, {senders} at once",
                    [
                        Candidate(
                            name="/async",
                            measure=functools.partial(self._accept, server, token, senders, count),
                        ),
                        self._inserts(senders, count),
                    ],
                    floor=INSERT,
                    compared=("per_second", "cpu_us"),
                )
                for senders in SENDERS
            ]

    def compare_outcomes(self, pace: float, seconds: float) -> Comparison:
        """Let jobs go all the way: proxy, relay, function, org."""
        count = max(1, round(pace * seconds))
        settings = self.stores.new("delivered").settings
        with (
            self.stage.relay(ASYNC_DELIVERY_DELAY_S="0", **settings) as relay,
            self._proxy(settings) as (server, token),
        ):
            deliver = functools.partial(self._deliver, server, relay, token, count, pace)
            return self.rounds.compare(
                f"{self.kind}: from the 201 to the org's PATCH, {pace:g} jobs a second",
                [Candidate(name="201 to PATCH", measure=deliver), self._inserts(1, count)],
                floor=INSERT,
                compared=("p50_ms",),
            )

    @contextlib.contextmanager
    def _proxy(self, settings: Mapping[str, str]) -> Iterator[tuple[Server, str]]:
        """Run a proxy on a store; give it and a caller's token."""
        with self.stage.proxy(**settings) as (program, port):
            yield (
                Server(name="/async", program=program, port=port),
                self.stage.sign_in(),
            )

    def _accept(self, server: Server, token: str, senders: int, count: int) -> dict[str, float]:
        # Ids that no org has given: nothing is delivered here.
        ids = [f"a00xx{next(self.numbers):010d}" for _ in range(count)]
        load = Load(
            requests=[self._request(token, record_id) for record_id in ids],
            concurrency=senders,
            expected_status=201,
        )
        return server.measure(load, self.rounds.generator)

    def _deliver(
        self, server: Server, relay: Program, token: str, count: int, pace: float
    ) -> dict[str, float]:
        ids = [self.stage.org.new_record() for _ in range(count)]
        load = Load(
            requests=[self._request(token, record_id) for record_id in ids],
            concurrency=PACED_CONNECTIONS,
            port=server.port,
            expected_status=201,
            per_second=pace,
        )
        accepted = self.rounds.generator.submit(send, load).result()
        values = values_of(accepted)
        waited_s = [
            self._patched_at_s(record_id, relay) - accepted.ended_at_s[number]
            for number, record_id in enumerate(ids)
        ]
        outcomes = Timed(seconds=accepted.seconds, latencies_s=waited_s, cpu_s=0)
        return {
            "accept_ms": values["p50_ms"],
            "p50_ms": outcomes.percentile_ms(0.5),
            "p99_ms": outcomes.percentile_ms(0.99),
        }

    def _patched_at_s(self, record_id: str, relay: Program) -> float:
        wait_until(lambda: bool(self.stage.patches_s(record_id)), relay)
        return self.stage.patches_s(record_id)[0]

    def _inserts(self, writers: int, count: int) -> Candidate:
        url = self.stores.new(f"inserted_{next(self.numbers)}").url

        def measure() -> dict[str, float]:
            first = next(self.numbers) * count
            inserts = Inserts(
                url=url, payload=PAYLOAD, count=count, writers=writers, first_number=first
            )
            timed = self.rounds.generator.submit(insert, inserts).result()
            return values_of(timed, cpu_s=timed.cpu_s)

        return Candidate(name=INSERT, measure=measure)

    def _request(self, token: str, record_id: str) -> bytes:
        return async_request(token=token, org_url=self.stage.org_url, record_id=record_id)
