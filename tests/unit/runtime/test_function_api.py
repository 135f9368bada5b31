"""The names and values that functions import."""

import copy
import dataclasses
import pickle
import tomllib
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

import salesforce_functions
from salesforce_functions import Context, InvocationEvent, Org, User
from salesforce_functions.testing import mock_context, mock_event

ROOT = Path(__file__).parents[3]

EVENT = InvocationEvent(id="i", type="t", source="s", data={"a": 1}, time=None)
USER = User(id="005", username="ada@example.com", on_behalf_of_user_id=None)
ORG = Org(id="00D", base_url="https://na1.example", domain_url="https://my.example", user=USER)
VALUES = [EVENT, USER, ORG, Context(org=ORG)]


def test_the_public_names_are_these() -> None:
    """Adding a name is a promise, removing one breaks functions."""
    assert salesforce_functions.__all__ == [
        "Context",
        "InvocationEvent",
        "Org",
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
        org=Org(id="00DJS0000000123ABC", base_url=url, domain_url=url, user=user)
    )


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
            user=User(id="u", username="n", on_behalf_of_user_id=None),
        )
    )
