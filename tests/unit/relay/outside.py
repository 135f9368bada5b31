"""The org and the function as a test scripts them, and a relay's runner between the two."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from invocation.function.answer import FunctionAnswer
from invocation.org.names import AccessToken
from invocation.org.tokens import Clocks, Tokens
from invocation.settings.config import Config
from localstack.keys import rsa_key
from relay.job_runner import JobRunner
from tests.unit.relay.store import ORG_ID

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from invocation.function.client import FunctionClient
    from invocation.org.caller import Caller
    from invocation.org.client import OrgClient
    from invocation.org.names import OrgUrl, PermissionSet
    from tests.unit.relay.store import Store

ANSWER = FunctionAnswer(
    status=200, content_type="application/json", extra_info="%7B%22a%22%3A1%7D", body=b'"done"'
)


@dataclass
class ScriptedFunction:
    """In place of `FunctionClient`: each call does the next thing, the last one again and again."""

    outcomes: list[FunctionAnswer | Exception] = field(default_factory=lambda: [ANSWER])
    calls: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    during: Callable[[], None] = lambda: None
    """What happens while the function runs."""

    def invoke(
        self, headers: Sequence[tuple[str, str]], body: bytes, *, deadline: float
    ) -> FunctionAnswer:
        """Answer or fail as told."""
        assert deadline > 0
        self.calls.append((dict(headers), body))
        self.during()
        answer: FunctionAnswer = _next(self.outcomes, len(self.calls))
        return answer


@dataclass
class ScriptedOrg:
    """In place of `OrgClient`: mints, keeps one record, and fails when the test says so."""

    mints: list[Exception | None] = field(default_factory=lambda: [None])
    writes: list[Exception | None] = field(default_factory=lambda: [None])
    reads: list[Exception | None] = field(default_factory=lambda: [None])
    record: dict[str, Any] = field(default_factory=dict)
    minted: list[str] = field(default_factory=list)
    """The users that tokens were minted for."""
    activated: list[str] = field(default_factory=list)
    written: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    """Tries: token, path and fields."""
    read: list[tuple[str, str]] = field(default_factory=list)
    loses: bool = False
    """Whether a write that fails arrives all the same."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def mint(self, caller: Caller, assertion: str, *, deadline: float) -> AccessToken:
        """Mint ``token-1`` and so on."""
        assert all((assertion, deadline))
        with self._lock:
            self.minted.append(caller.username)
            _next(self.mints, len(self.minted))
            return AccessToken(f"token-{len(self.minted)}")

    def activate(
        self,
        org: OrgUrl,
        token: AccessToken,
        permission_sets: Sequence[PermissionSet],
        *,
        api_version: str,
        deadline: float,
    ) -> None:
        """Note what is activated."""
        assert all((org, token, api_version, deadline))
        self.activated += [wanted.api_name for wanted in permission_sets]

    def update_record(
        self,
        org: OrgUrl,
        token: AccessToken,
        path: str,
        fields: Mapping[str, Any],
        *,
        deadline: float,
    ) -> None:
        """Take the fields or fail."""
        assert all((org, deadline))
        with self._lock:
            self.written.append((token, path, dict(fields)))
            try:
                _next(self.writes, len(self.written))
            except Exception:
                if self.loses:
                    self._keep(fields)
                raise
            self._keep(fields)

    def read_record(
        self, org: OrgUrl, token: AccessToken, path: str, *, deadline: float
    ) -> dict[str, Any]:
        """Return the record."""
        assert all((org, deadline))
        with self._lock:
            self.read.append((token, path))
            _next(self.reads, len(self.read))
            return dict(self.record)

    def _keep(self, fields: Mapping[str, Any]) -> None:
        # An org trims texts, and knows no empty one: it keeps null.
        self.record = {
            name: (value.strip() or None) if isinstance(value, str) else value
            for name, value in fields.items()
        }


def _next(script: list[Any], count: int) -> Any:  # noqa: ANN401 - what the script says
    outcome = script[min(count, len(script)) - 1]
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


class Stopping(threading.Event):
    """The relay's stop signal, and its clock: pauses are noted and take no time."""

    def __init__(self) -> None:
        super().__init__()
        self.pauses: list[float] = []
        self.most_pauses = 20

    def wait(self, timeout: float | None = None) -> bool:
        """Note the pause; too many are a test that would never end."""
        assert timeout is not None
        if timeout:
            self.pauses.append(timeout)
        assert len(self.pauses) <= self.most_pauses, "it waits without end"
        return self.is_set()


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """A runner and everything around it."""

    runner: JobRunner
    org: ScriptedOrg
    function: ScriptedFunction
    stopping: Stopping


def scene(
    store: Store,
    *,
    org: ScriptedOrg | None = None,
    function: ScriptedFunction | None = None,
    is_alive: Callable[[str | None], bool] = lambda _: False,
    **settings: Any,  # noqa: ANN401 - fields of `Config`
) -> Scene:
    """Return a runner between an org and a function."""
    config = Config(org_id=ORG_ID, consumer_key="k", private_key=rsa_key(), **settings)
    org, function, stopping = org or ScriptedOrg(), function or ScriptedFunction(), Stopping()
    runner = JobRunner(
        config,
        ledger=store.ledger,
        org=cast("OrgClient", org),
        function=cast("FunctionClient", function),
        tokens=Tokens(
            config.connected_app,
            remembered_s=config.token_cache_ttl_s,
            org=cast("OrgClient", org),
            clocks=Clocks(),
        ),
        stopping=stopping,
        is_alive=is_alive,
    )
    return Scene(runner=runner, org=org, function=function, stopping=stopping)


def parked(work: Callable[[], object]) -> bool:
    """Tell whether ``work`` neither returns nor fails, as who waits for the process's end."""
    ended = threading.Event()

    def run() -> None:
        with contextlib.suppress(Exception):
            work()
        ended.set()

    threading.Thread(target=run, daemon=True).start()
    return not ended.wait(0.4)


def require_pauses(pauses: Sequence[float], longest: Sequence[float]) -> None:
    """Check that pauses are as long as that at most, half of it at least, and jittered."""
    shares = [pause_s / most_s for pause_s, most_s in zip(pauses, longest, strict=True)]
    assert all(0.5 <= share <= 1 for share in shares)
    assert len(set(shares)) > 2
