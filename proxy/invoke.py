"""The story of one invocation: who calls, may they, lend the function a token, forward, answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from invocation.errors import (
    OrgNotAllowed,
    PermissionSetNotAllowed,
    PermissionSetRequired,
    ShuttingDown,
)
from invocation.function.concealment import without_token
from invocation.function.headers import function_headers
from invocation.jobs.job import Job
from invocation.org.identity import require_same_identity
from invocation.org.names import parse_org_url
from invocation.org.tokens import Clocks, Tokens
from proxy.admission import Admission
from proxy.callers import Callers
from proxy.repeats import Repeats, repeat_key

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from invocation.function.answer import FunctionAnswer
    from invocation.org.caller import Caller
    from invocation.org.client import OrgClient
    from invocation.org.identity import TokenKey
    from invocation.org.names import AccessToken, OrgUrl
    from invocation.request import Invocation
    from invocation.settings.config import Config
    from proxy.job_intake import Jobs
    from proxy.wait_for_function import WaitForFunction


class Invoker:
    """Carries invocations out; one for the process, shared by its threads."""

    def __init__(
        self,
        config: Config,
        *,
        org: OrgClient,
        function: WaitForFunction,
        jobs: Jobs,
        draining: threading.Event,
        clocks: Clocks | None = None,
    ) -> None:
        self._config = config
        self._function = function
        self._jobs = jobs
        self._draining = draining
        self._clocks = clocks or Clocks()
        self._callers = Callers(config, org=org, clock=self._clocks.monotonic)
        self._tokens = Tokens(
            config.connected_app,
            remembered_s=config.token_cache_ttl_s,
            org=org,
            clocks=self._clocks,
        )
        self._repeats = Repeats(clock=self._clocks.monotonic)
        # Some threads are left for health.
        self._entrance = Admission(config.threads - max(1, config.threads // 32), wait_s=0)
        self._places = Admission(config.max_inflight)

    def invoke(self, invocation: Invocation, read_body: Callable[[], bytes]) -> FunctionAnswer:
        """Run one synchronous invocation and return the function's answer, whatever its status.

        Args:
            invocation: without its payload.
            read_body: gives the payload; called when the caller is known and has a place, so
                that strangers cost no memory.

        Raises:
            ProxyError: the step that failed; see `invocation.errors`.
        """
        arrived = self._clocks.monotonic()
        with self._entrance.place():
            caller = self._verify(invocation, arrived)
            with self._places.place():
                key, token = self._lend_token(invocation, caller, arrived)
                headers = function_headers(invocation, caller=caller, access_token=token)
                body, deadline = read_body(), arrived + self._config.function_timeout_s
                answer = self._repeats.run_once(
                    repeat_key(invocation, caller, body),
                    lambda: self._function.invoke(headers, body, deadline=deadline),
                    deadline=deadline,
                )
        if answer.tells_of_a_dead_session:
            self._tokens.forget(key, token)
        return without_token(answer, token)

    def accept(self, invocation: Invocation, read_body: Callable[[], bytes]) -> None:
        """Promise one asynchronous invocation: when this returns, its job is durably stored.

        A token is lent here too, though the relay will ask for its own: what is wrong with the
        set-up is then told to the caller, at once.

        Raises:
            ProxyError: the step that failed; nothing was promised.
        """
        if self._draining.is_set() and not self._config.store_lasts:
            # The relay may have written its last outcome, and nobody takes over this store.
            raise ShuttingDown("This instance is being stopped: try again in a moment")
        arrived = self._clocks.monotonic()
        with self._entrance.place():
            caller = self._verify(invocation, arrived)
            with self._places.place():
                self._lend_token(invocation, caller, arrived)
                now_s = self._clocks.epoch()
                self._jobs.accept(Job.of(invocation, caller, body=read_body(), accepted_at_s=now_s))

    def _verify(self, invocation: Invocation, arrived: float) -> Caller:
        """Return the verified caller."""
        org = self._require_allowed_org(invocation)
        deadline = self._org_deadline(arrived)
        caller = self._callers.identify(org, invocation.caller_token, deadline=deadline)
        require_same_identity(invocation.claims, caller)
        self._require_fitting_permission_sets(invocation)
        return caller

    def _lend_token(
        self, invocation: Invocation, caller: Caller, arrived: float
    ) -> tuple[TokenKey, AccessToken]:
        key = self._tokens.key(caller, invocation.permission_sets)
        deadline = self._org_deadline(arrived)
        return key, self._tokens.lend(key, api_version=invocation.api_version, deadline=deadline)

    def _org_deadline(self, arrived: float) -> float:
        return arrived + min(self._config.org_timeout_s, self._config.function_timeout_s)

    def _require_allowed_org(self, invocation: Invocation) -> OrgUrl:
        try:
            return parse_org_url(invocation.claims.org_domain_url, allowed=self._config.org_origins)
        except ValueError as error:
            raise OrgNotAllowed(
                "orgDomainUrl is not an org that this app may talk to (see ORG_DOMAIN_URL)"
            ) from error

    def _require_fitting_permission_sets(self, invocation: Invocation) -> None:
        wanted_names = {wanted.api_name for wanted in invocation.permission_sets}
        for required in sorted(self._config.required_permission_sets - wanted_names):
            raise PermissionSetRequired(
                f"Permission Set {required} must be asked for (see REQUIRED_PERMISSION_SETS)"
            )
        allowed = self._config.allowed_permission_sets
        for wanted in invocation.permission_sets:
            if allowed is not None and wanted.api_name not in allowed:
                raise PermissionSetNotAllowed(
                    f"Permission Set {wanted.api_name} is not in ALLOWED_PERMISSION_SETS"
                )
