"""Everything that a run needs, started: org, function, relay, proxy and a store."""

import contextlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from localstack.org import new_org
from localstack.ports import free_port
from localstack.postgres import PostgresServer, running_postgres
from orgsim import SimulatedOrg, running
from tests.chaos.programs import Program, kill, settle
from tests.chaos.verdict import Run
from tests.chaos.weather import Weather
from tests.support.fake_function import FakeFunction
from tests.system.relay.site import Site, Store, new_site

FUNCTION: Final = str(Path(__file__).with_name("function.py"))
STORES: Final = ("sqlite", "postgres")


@dataclass(kw_only=True)
class Stage:
    """What runs, and where it writes."""

    org: SimulatedOrg
    weather: Weather
    site: Site
    """For an identity, and looks into the store."""
    programs: dict[str, Program]
    database: PostgresServer | None
    folder: Path

    @property
    def url(self) -> str:
        """Where callers reach the proxy."""
        return f"http://127.0.0.1:{self.site.env['PORT']}"

    def runs(self) -> list[Run]:
        """Return every run that the function noted."""
        file = self.folder / "runs.jsonl"
        return [Run(**json.loads(line)) for line in file.read_text().splitlines()]

    def logged(self, event: str) -> list[str]:
        """Return the ids of all log lines about ``event``."""
        found = []
        for program in self.programs.values():
            for line in program.log_path.read_text().splitlines():
                with contextlib.suppress(ValueError):
                    told = json.loads(line)
                    found += [str(told.get("id"))] if told.get("message") == event else []
        return found

    def states(self) -> Counter[str]:
        """Return how many jobs of the store are in which state."""
        query = "SELECT state, count(*) AS jobs FROM function_jobs GROUP BY state"
        return Counter({row["state"]: row["jobs"] for row in self.site.rows(query)})


@contextlib.contextmanager
def running_stage(kind: str, *, seed: int, folder: Path) -> Iterator[Stage]:
    """Start everything for the length of a ``with`` block.

    Args:
        kind: of the store, one of `STORES`.
        seed: of what the org throws.
        folder: an empty one, for logs and a database file.
    """
    org, weather = new_org(), Weather(seed)
    org.faults = weather
    with _new_store(kind, folder) as store, running(org) as org_url:
        site = new_site(org, org_url, FakeFunction(port=free_port()), folder, store)
        programs = _programs(site, folder)
        stage = Stage(
            org=org,
            weather=weather,
            site=site,
            programs=programs,
            database=store.server,
            folder=folder,
        )
        for program in programs.values():
            program.start()
        try:
            settle(programs.values())
            yield stage
        finally:
            kill(programs.values())


def _programs(site: Site, folder: Path) -> dict[str, Program]:
    function = (FUNCTION, site.env["FUNCTION_PORT"], str(folder / "runs.jsonl"))
    parts = {
        "relay": (("-m", "relay"), '"running jobs"'),
        "function": (function, "listening"),
        "proxy": (("-m", "proxy"), '"listening"'),
    }
    return {
        name: Program(
            arguments=arguments, env=site.env, log_path=folder / f"{name}.log", ready=ready
        )
        for name, (arguments, ready) in parts.items()
    }


@contextlib.contextmanager
def _new_store(kind: str, folder: Path) -> Iterator[Store]:
    if kind == "sqlite":
        file = folder / "async.sqlite3"
        env = {"ASYNC_DB_PATH": str(file)}
        yield Store(env=env, url=f"sqlite:///{file}", file=file, server=None)
        return
    with running_postgres() as server:
        url = server.new_database()
        driver_url = url.replace("postgres://", "postgresql+psycopg://")
        yield Store(env={"DATABASE_URL": url}, url=driver_url, file=None, server=server)
