"""The names and values that functions import."""

import asyncio
import contextlib
import copy
import dataclasses
import pickle
import subprocess
import sys
import tomllib
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

import salesforce_functions
from salesforce_functions import (
    Context,
    InvocationEvent,
    Org,
    QueriedRecord,
    Record,
    RecordQueryResult,
    ReferenceId,
    User,
)
from salesforce_functions.data_api import DataAPI
from salesforce_functions.data_api.exceptions import (
    InnerSalesforceRestApiError,
    SalesforceRestApiError,
)
from salesforce_functions.testing import mock_context, mock_event

ROOT = Path(__file__).parents[3]

EVENT = InvocationEvent(id="i", type="t", source="s", data={"a": 1}, time=None)
USER = User(id="005", username="ada@example.com", on_behalf_of_user_id=None)
DATA_API = mock_context().org.data_api
ORG = Org(
    id="00D",
    base_url="https://na1.example",
    domain_url="https://my.example",
    data_api=DATA_API,
    user=USER,
)
ACCOUNT = Record(type="Account", fields={"Name": "Acme"})
CONTACT = QueriedRecord(type="Contact", fields={"Name": "Ada"})
RESULT = RecordQueryResult(done=True, total_size=1, records=[CONTACT], next_records_url=None)
REFERENCE = ReferenceId(id="referenceId0")
REASON = InnerSalesforceRestApiError(message="m", error_code="C", fields=[])
VALUES = [EVENT, USER, ORG, Context(org=ORG), ACCOUNT, CONTACT, RESULT, REFERENCE, REASON]


def test_the_public_names_are_these() -> None:
    """Adding a name is a promise, removing one breaks functions."""
    assert salesforce_functions.__all__ == [
        "Context",
        "InvocationEvent",
        "Org",
        "QueriedRecord",
        "Record",
        "RecordQueryResult",
        "ReferenceId",
        "UnitOfWork",
        "User",
        "get_logger",
    ]
    assert all(hasattr(salesforce_functions, name) for name in salesforce_functions.__all__)


def test_the_version_is_the_packages() -> None:
    """`pyproject.toml`, the installed distribution and the module say the same."""
    declared = tomllib.loads(ROOT.joinpath("pyproject.toml").read_text())["project"]["version"]

    assert salesforce_functions.__version__ == declared
    assert metadata.version("salesforce-functions") == declared


def test_type_checkers_are_told_that_it_is_typed() -> None:
    """Without the marker file, mypy ignores every annotation."""
    assert ROOT.joinpath("salesforce_functions", "py.typed").is_file()


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_values_are_frozen_slotted_and_comparable(value: Any) -> None:  # noqa: ANN401
    """A function cannot change what it was given, not even by a typing error."""
    for name in [dataclasses.fields(value)[0].name, "other"]:
        with pytest.raises((dataclasses.FrozenInstanceError, TypeError)):
            setattr(value, name, 1)

    assert not hasattr(value, "__dict__")
    assert value == dataclasses.replace(value)
    assert value == copy.deepcopy(value) == pickle.loads(pickle.dumps(value))  # noqa: S301
    with pytest.raises(TypeError):
        type(value)(*dataclasses.astuple(value))


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (Context, "org"),
        (Org, "id base_url domain_url data_api user"),
        (User, "id username on_behalf_of_user_id"),
        (InvocationEvent, "id type source data time"),
        (Record, "type fields"),
        (QueriedRecord, "type fields sub_query_results"),
        (RecordQueryResult, "done total_size records next_records_url"),
        (ReferenceId, "id"),
        (InnerSalesforceRestApiError, "message error_code fields"),
        (SalesforceRestApiError, "api_errors"),
    ],
)
def test_the_fields_are_those_of_the_withdrawn_package(kind: type, names: str) -> None:
    """So a returned one, `asdict`, `replace` and equality are what they were: no field is added."""
    assert [field.name for field in dataclasses.fields(kind)] == names.split()


def test_refusals_of_the_org_compare_by_their_reasons() -> None:
    """As values do; they can still be raised, kept in sets and sent to other processes."""
    error = SalesforceRestApiError(api_errors=[REASON])
    other = SalesforceRestApiError([dataclasses.replace(REASON, message="n")])

    assert error == SalesforceRestApiError([dataclasses.replace(REASON)])
    assert error != other
    assert error != SalesforceRestApiError(api_errors=[])
    assert {error, SalesforceRestApiError([REASON])} == {error}
    assert pickle.loads(pickle.dumps(error)) == error  # noqa: S301
    assert repr(error) == f"SalesforceRestApiError(api_errors=[{REASON!r}])"
    with pytest.raises(SalesforceRestApiError) as caught, contextlib.ExitStack():
        raise error
    assert caught.value is error


def test_an_event_can_be_made_with_its_type_named() -> None:
    """`InvocationEvent[int](...)` failed in the withdrawn package."""
    event = InvocationEvent[int](id="i", type="t", source="s", data=5, time=None)

    assert event == InvocationEvent(id="i", type="t", source="s", data=5, time=None)


def test_a_mock_event_looks_like_one_of_apex() -> None:
    """With the defaults that existing tests rely on."""
    event = mock_event(data=5)

    assert event == InvocationEvent(
        id=event.id,
        type="com.salesforce.function.invoke.sync",
        source=(
            "urn:event:from:salesforce/JS/56.0/00DJS0000000123ABC/apex"
            "/ExampleClass:example_function():7"
        ),
        data=5,
        time=event.time,
    )
    assert event.time is not None
    assert abs((datetime.now(UTC) - event.time).total_seconds()) < 60
    assert mock_event(data=5).id != event.id


def test_a_mock_event_can_be_chosen() -> None:
    """Each field."""
    time = datetime(2023, 1, 1, tzinfo=UTC)

    assert mock_event(data=1, id="i", type="t", source="s", time=time) == InvocationEvent(
        id="i", type="t", source="s", data=1, time=time
    )


def test_a_mock_context_has_the_known_defaults() -> None:
    """With the defaults that existing tests rely on."""
    url = "https://example-domain-url.my.salesforce.tld"
    user = User(
        id="005JS000000H123",
        username="user@example.tld",
        on_behalf_of_user_id="005JS000000H456",
    )

    assert mock_context() == Context(
        org=Org(id="00DJS0000000123ABC", base_url=url, domain_url=url, data_api=DATA_API, user=user)
    )
    assert mock_context().org.data_api.access_token == "EXAMPLE-TOKEN"


def test_a_mock_context_can_be_chosen() -> None:
    """Each field."""
    context = mock_context(
        org_id="o", org_domain_url="d", user_id="u", username="n", on_behalf_of_user_id=None
    )

    assert context == Context(
        org=Org(
            id="o",
            base_url="d",
            domain_url="d",
            data_api=DATA_API,
            user=User(id="u", username="n", on_behalf_of_user_id=None),
        )
    )


def test_the_data_api_of_a_mock_context_is_a_real_one() -> None:
    """Its methods can be replaced one by one, as existing tests do; its version be chosen."""
    context = mock_context(client_api_version="61.0")

    assert isinstance(context.org.data_api, DataAPI)
    assert "api_version='61.0'" in repr(context.org.data_api)
    with patch.object(context.org.data_api, "query") as query:
        query.return_value = RESULT
        found = asyncio.run(context.org.data_api.query("SELECT Id FROM Account"))
    assert found is RESULT
    query.assert_awaited_once_with("SELECT Id FROM Account")


def test_a_field_can_be_asked_for() -> None:
    """By its exact name; one that is not there is None, or what the caller says."""
    assert (ACCOUNT.get("Name"), CONTACT.get("Name")) == ("Acme", "Ada")
    assert (ACCOUNT.get("name"), ACCOUNT.get("Phone", "?")) == (None, "?")


def test_no_repr_of_a_context_tells_the_token() -> None:
    """A function may log its arguments."""
    assert "EXAMPLE-TOKEN" not in repr(mock_context()) + str(mock_context())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "names"),
    [
        ("context", "Context Org User"),
        ("invocation_event", "InvocationEvent"),
        ("data_api", "DataAPI"),
        ("data_api.record", "QueriedRecord Record RecordQueryResult"),
        ("data_api.reference_id", "ReferenceId"),
        ("data_api.unit_of_work", "UnitOfWork"),
        ("data_api.exceptions", "ClientError DataApiError InnerSalesforceRestApiError"),
        ("data_api.exceptions", "MissingFieldError SalesforceRestApiError"),
        ("data_api.exceptions", "UnexpectedRestApiResponsePayload"),
        ("testing", "mock_context mock_event"),
    ],
)
def test_names_are_where_existing_functions_import_them(module: str, names: str) -> None:
    """Each module by itself, in a fresh interpreter: none needs another to be first."""
    code = f"from salesforce_functions.{module} import {', '.join(names.split())}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)

    assert (done.returncode, done.stderr) == (0, b"")


def test_a_reference_is_a_key() -> None:
    """Of what a unit of work returns."""
    assert {REFERENCE: 1}[ReferenceId(id="referenceId0")] == 1
