"""The simulated org in another process: sign in, make records, see what became of them."""

from __future__ import annotations

from typing import Any, Final

import requests

from localstack.waiting import passed

ANSWER_LIMIT_S: Final = 30.0


class OrgControl:
    """What only a simulated org offers, under ``/_orgsim``.

    Every method raises `requests.RequestException` when there is no good answer.
    """

    def __init__(self, url: str) -> None:
        self._url = f"{url}/_orgsim"

    def sign_in(self, username: str) -> str:
        """Return the access token of a new session of a user's."""
        token: str = self._ask("tokens", {"username": username})["access_token"]
        return token

    def new_record(self) -> str:
        """Return the id of a new record that waits for an outcome."""
        record_id: str = self._ask("records", {})["id"]
        return record_id

    def record(self, record_id: str) -> dict[str, Any]:
        """Return a record: its ``fields`` and their ``history``."""
        record: dict[str, Any] = self._ask(f"records/{record_id}")
        return record

    def outcome(self, record_id: str, *, limit_s: float) -> dict[str, Any]:
        """Return a record's fields once it is no longer PENDING, or as they are in the end."""

        def is_final() -> bool:
            return bool(self.record(record_id)["fields"].get("Status__c") != "PENDING")

        passed(is_final, limit_s, look_s=0.1)
        fields: dict[str, Any] = self.record(record_id)["fields"]
        return fields

    def requests(self) -> dict[str, int]:
        """Return how many requests the org has had, by endpoint."""
        counted = self._ask("counters")["requests"]
        return {endpoint: int(counts["total"]) for endpoint, counts in counted.items()}

    def _ask(self, path: str, body: object = None) -> Any:  # noqa: ANN401 - its JSON
        with requests.Session() as session:
            session.trust_env = False
            method = "GET" if body is None else "POST"
            url = f"{self._url}/{path}"
            response = session.request(method, url, json=body, timeout=ANSWER_LIMIT_S)
        response.raise_for_status()
        return response.json()
