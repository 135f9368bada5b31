"""What a function may return, and what the caller then gets."""

import asyncio
import dataclasses
import decimal
import enum
import uuid
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from salesforce_functions import Context, InvocationEvent
from tests.support.runtime import TOKEN, Answer, Request, app_of, headers, invoke


@dataclasses.dataclass(frozen=True, slots=True)
class Point:
    """A dataclass."""

    x: int
    label: str | None = None


class Colour(enum.Enum):
    """An enumeration."""

    RED = "red"


def returning(value: object) -> Answer:
    """Invoke a function that returns a value."""

    async def function(event: InvocationEvent[Any], context: Context) -> object:  # noqa: ARG001
        return value

    return invoke(function)


@pytest.mark.parametrize(
    ("value", "body"),
    [
        (None, "null"),
        (True, "true"),
        (5, "5"),
        (2**63 - 1, "9223372036854775807"),
        (2**64 - 1, "18446744073709551615"),
        (1.5, "1.5"),
        (float("nan"), "null"),
        (float("-inf"), "null"),
        ("→ 日本", '"→ 日本"'),
        ("", '""'),
        ([1, [2]], "[1,[2]]"),
        ((1, 2), "[1,2]"),
        ({"a": {"b": 1}}, '{"a":{"b":1}}'),
        (OrderedDict(a=1), '{"a":1}'),
        (defaultdict(list, a=[1]), '{"a":[1]}'),
        (Point(1), '{"x":1,"label":null}'),
        ([Point(1, "p")], '[{"x":1,"label":"p"}]'),
        (datetime(2023, 3, 23, 15, 18, 53, tzinfo=UTC), '"2023-03-23T15:18:53+00:00"'),
        (datetime(2023, 3, 23, 15, 18, 53), '"2023-03-23T15:18:53"'),  # noqa: DTZ001
        (date(2023, 3, 23), '"2023-03-23"'),
        (time(15, 18), '"15:18:00"'),
        (uuid.UUID(int=5), '"00000000-0000-0000-0000-000000000005"'),
        (Colour.RED, '"red"'),
        ({"colour": Colour.RED}, '{"colour":"red"}'),
    ],
    ids=repr,
)
def test_a_value_is_answered_as_compact_json(value: object, body: str) -> None:
    """JSON's own types and those whose JSON is obvious; UTF-8, unescaped."""
    answer = returning(value)

    assert (answer.status, answer.body.decode()) == (200, body)
    assert answer.headers["content-type"] == "application/json"


def generator() -> Iterator[int]:
    """Yield something."""
    yield 1


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({1}, "Type is not JSON serializable: set"),
        (b"x", "Type is not JSON serializable: bytes"),
        (decimal.Decimal(1), "Type is not JSON serializable: decimal.Decimal"),
        (Point, "Type is not JSON serializable: type"),
        (object(), "Type is not JSON serializable: object"),
        (1j, "Type is not JSON serializable: complex"),
        (generator(), "Type is not JSON serializable: generator"),
        ({1: "x"}, "Dict key must be str"),
        ("\ud800", "str is not valid UTF-8: surrogates not allowed"),
        (2**64, "Integer exceeds 64-bit range"),
        (-(2**63) - 1, "Integer exceeds 64-bit range"),
        ([[2**70]], "Integer exceeds 64-bit range"),
    ],
    ids=lambda each: repr(each).split(" at 0x")[0],
)
def test_a_value_without_json_is_the_functions_error(value: object, reason: str) -> None:
    """The answer is a 500 that names the reason; the withdrawn runtime dropped some."""
    answer = returning(value)

    assert answer.status == 500
    assert answer.json == f"Function return value can't be serialized: TypeError: {reason}"
    info = answer.extra_info
    assert info["isFunctionError"] is True
    assert info["statusCode"] == 500
    assert info["execTimeMs"] >= 0
    assert reason in info["stack"]


def test_a_value_that_contains_itself_is_the_functions_error() -> None:
    """Recursion ends in an answer."""
    value: list[Any] = []
    value.append(value)

    assert returning(value).json.startswith("Function return value can't be serialized: TypeError")


def test_a_field_that_was_never_set_is_the_functions_error() -> None:
    """Not the end of the process, which is what orjson makes of it by itself."""

    @dataclasses.dataclass(slots=True)
    class Unset:
        x: int = dataclasses.field(init=False)

    answer = returning(Unset())

    assert answer.status == 500
    assert "Type is not JSON serializable" in answer.json


def test_private_fields_are_left_out() -> None:
    """A leading underscore keeps a field of a dataclass out of the answer."""

    @dataclasses.dataclass
    class Account:
        name: str
        _secret: str

    assert returning(Account("Acme", "x")).json == {"name": "Acme"}


def test_event_and_user_may_be_returned() -> None:
    """Templates answer with parts of what they were given."""

    async def function(event: InvocationEvent[Any], context: Context) -> object:
        return {"event": event, "user": context.org.user}

    answer = invoke(function, {"a": 1}, ce_id="i", ce_source="s", ce_type="t")

    assert answer.json == {
        "event": {"id": "i", "type": "t", "source": "s", "data": {"a": 1}, "time": None},
        "user": {
            "id": "005JS000000H123",
            "username": "user@example.tld",
            "on_behalf_of_user_id": None,
        },
    }


@pytest.mark.parametrize("convert", [lambda context: context, dataclasses.asdict])
def test_a_context_may_not_be_returned(convert: Callable[[Context], object]) -> None:
    """There is the access token in it, which belongs to the function alone."""

    async def function(event: InvocationEvent[Any], context: Context) -> object:  # noqa: ARG001
        return convert(context)

    answer = invoke(function)

    reason = "TypeError: Type is not JSON serializable: DataAPI"
    assert (answer.status, answer.json) == (
        500,
        f"Function return value can't be serialized: {reason}",
    )
    assert TOKEN not in repr(answer)


def test_12_megabytes_go_in_and_out() -> None:
    """Apex' largest payload is no problem."""

    async def function(event: InvocationEvent[Any], context: Context) -> object:  # noqa: ARG001
        return event.data

    body = b'"' + b"x" * 12_000_000 + b'"'
    answer = asyncio.run(Request(headers=headers(), body=body).put_to(app_of(function)))

    assert answer.body == body
