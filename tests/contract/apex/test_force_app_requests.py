"""The golden requests of force-app are what its Apex sends today."""

import json

import pytest

from tests.apex.checked_copy import require_programs
from tests.contract.apex.golden import FOLDER, WHY, as_text, golden_request


@pytest.fixture(autouse=True)
def _programs() -> None:
    require_programs()


@pytest.mark.parametrize("name", WHY)
def test_apex_sends_the_golden_request(name: str) -> None:
    """What Apex sends is written down; see ``python -m tests.contract.apex``."""
    assert as_text(golden_request(name)) == (FOLDER / f"{name}.json").read_text("utf-8")


@pytest.mark.parametrize("name", WHY)
def test_a_golden_request_is_the_same_in_every_run(name: str) -> None:
    """No clock, randomness or order of this machine is in it."""
    assert golden_request(name) == golden_request(name)


def test_a_job_and_its_record_have_one_id() -> None:
    """The id by which the outcome is stored is the one that the record is found by."""
    sent = golden_request("force_app_async")

    ids = {sent["headers"][name] for name in ("ce-id", "request-id", "X-Request-Id")}

    assert ids == {sent["ce-sffncontext"]["id"]}


def test_headers_are_those_of_the_contract() -> None:
    """Apex sends no header that the contract does not name, and leaves none out."""
    sent = golden_request("force_app_sync")
    contract = json.loads((FOLDER / "apex_sync.json").read_text("utf-8"))

    assert set(sent["headers"]) == set(contract["headers"])
    assert set(sent["ce-sffncontext"]) == set(contract["ce-sffncontext"])
    assert set(sent["ce-sfcontext"]["userContext"]) == set(contract["ce-sfcontext"]["userContext"])
