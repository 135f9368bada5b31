"""Everything that a run needs, started: org, function, relay, proxy and a store."""

import contextlib
import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from chaos.kills.org_faults import OrgFaults
from chaos.kills.programs import Victim, kill, settle
from chaos.kills.verdict import Run
from localstack.org import new_org
from localstack.ports import free_port
from localstack.postgres import PostgresServer
from localstack.programs import Program
from localstack.settings import settings
from localstack.stores import Store, new_store
from orgsim import SimulatedOrg, running

FUNCTION: Final = str(Path(__file__).with_name("function.py"))


@dataclass(kw_only=True)
class Stage:
    """What runs, and where it writes."""

    org: SimulatedOrg
    org_url: str
    org_faults: OrgFaults
    env: dict[str, str]
    store: Store
    programs: dict[str, Victim]
    folder: Path

    @property
    def database(self) -> PostgresServer | None:
        """The server of a store on Postgres."""
        return self.store.server

    @property
    def url(self) -> str:
        """Where callers reach the proxy."""
        return f"http://127.0.0.1:{self.env['PORT']}"

    def runs(self) -> list[Run]:
        """Return every run that the function noted."""
        file = self.folder / "runs.jsonl"
        return [Run(**json.loads(line)) for line in file.read_text().splitlines()]

    def logged(self, event: str) -> list[str]:
        """Return the ids of all log lines about ``event``."""
        found = []
        for victim in self.programs.values():
            for line in victim.program.log().splitlines():
                with contextlib.suppress(ValueError):
                    told = json.loads(line)
                    found += [str(told.get("id"))] if told.get("message") == event else []
        return found

    def states(self) -> Counter[str]:
        """Return how many jobs of the store are in which state."""
        query = "SELECT state, count(*) AS jobs FROM function_jobs GROUP BY state"
        return Counter({row["state"]: row["jobs"] for row in self.store.rows(query)})


@contextlib.contextmanager
def running_stage(kind: str, *, seed: int, folder: Path) -> Iterator[Stage]:
    """Start everything for the length of a ``with`` block.

    Args:
        kind: of the store, one of `STORES`.
        seed: of what the org throws.
        folder: an empty one, for logs and a database file.
    """
    org, org_faults = new_org(), OrgFaults(seed)
    org.faults = org_faults
    with new_store(kind, folder) as store, running(org) as org_url:
        env = _env(org_url, store)
        programs = _programs(env, folder)
        stage = Stage(
            org=org,
            org_url=org_url,
            org_faults=org_faults,
            env=env,
            store=store,
            programs=programs,
            folder=folder,
        )
        for victim in programs.values():
            victim.start()
        try:
            settle(programs.values())
            yield stage
        finally:
            kill(programs.values())


def _env(org_url: str, store: Store) -> dict[str, str]:
    return settings(
        org_url=org_url,
        port=free_port(),
        function_port=free_port(),
        ASYNC_DELIVERY_DELAY_S="0",
        ASYNC_EXECUTOR_ID="relay.1",
        **store.env,
    )


def _programs(env: dict[str, str], folder: Path) -> dict[str, Victim]:
    function = (FUNCTION, env["FUNCTION_PORT"], str(folder / "runs.jsonl"))
    parts = {
        "relay": (("-m", "relay"), '"running jobs"'),
        "function": (function, "listening"),
        "proxy": (("-m", "proxy"), '"listening"'),
    }
    return {
        name: Victim(
            program=Program(
                name=name,
                command=[sys.executable, *arguments],
                env=env,
                log_path=folder / f"{name}.log",
                ready=ready,
            )
        )
        for name, (arguments, ready) in parts.items()
    }
