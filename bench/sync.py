"""``bench sync``: what the proxy costs a warm call, beside its floor and beside no proxy at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench.invocations import sync_request
from bench.load import Load
from bench.programs import pinned, python, wait_until_listening
from bench.servers import Server, compare_servers, memory_notes
from bench.stage import responder, running_stage
from localstack.ports import free_port

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from bench.rounds import Comparison, Rounds
    from bench.stage import Stage

CONCURRENCIES: Final = (1, 16, 64)
REQUESTS: Final = 1000
STATIC: Final = "static app, same server"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this bench can be told."""
    parser.add_argument("--seconds", type=float, default=2.0, help="of each round (%(default)s)")
    cores = sorted(os.sched_getaffinity(0))
    parser.add_argument("--core", type=int, choices=cores, help="pin both servers to it (not)")


def run(arguments: argparse.Namespace, rounds: Rounds) -> list[Comparison]:
    """Measure the warm path of ``/sync``."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as name,
        running_stage(Path(name)) as stage,
        _servers(stage, arguments.core) as servers,
    ):
        token = stage.sign_in()
        # Each has an id of its own: the proxy answers what is sent twice at a time only once.
        requests = [sync_request(token=token, org_url=stage.org_url) for _ in range(REQUESTS)]
        comparisons = [
            compare_servers(
                f"/sync, warm, {concurrency} at once",
                servers,
                Load(requests=requests, concurrency=concurrency, seconds=arguments.seconds),
                rounds,
                floor=STATIC,
            )
            for concurrency in CONCURRENCIES
        ]
        comparisons[-1].notes.extend(memory_notes(servers))
        return comparisons


@contextlib.contextmanager
def _servers(stage: Stage, core: int | None) -> Iterator[list[Server]]:
    static_port, port, folder = free_port(), free_port(), stage.folder
    static_app = ("bench.peers.static_app", str(static_port))
    with contextlib.ExitStack() as running:
        with pinned(core):
            proxy, proxy_port = running.enter_context(
                stage.proxy(ASYNC_DB_PATH=str(folder / "jobs.sqlite3"))
            )
            static = python("static app", *static_app, env={}, folder=folder)
            running.enter_context(static)
        # Not the one behind the proxy: its CPU seconds are to be its own.
        function = responder(port, folder)
        running.enter_context(function)
        wait_until_listening(static, static_port)
        wait_until_listening(function, port)
        yield [
            Server(name="proxy, then function", program=proxy, port=proxy_port),
            Server(name=STATIC, program=static, port=static_port),
            Server(name="function alone", program=function, port=port),
        ]
