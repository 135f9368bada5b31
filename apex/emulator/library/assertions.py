"""Assert and the assertions of System: a failed one cannot be caught."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apex.emulator.errors import Uncatchable
from apex.emulator.operations.operators import equal
from apex.emulator.operations.text_form import to_text
from apex.emulator.registry import static
from apex.emulator.values import Id, TypeValue, Value

if TYPE_CHECKING:
    from apex.emulator.machine import Machine

_LONGEST_DELAY_MINUTES = 10


def _failed(m: Machine, text: str, said: Value) -> Uncatchable:
    message = f"{to_text(m, said)}: " if said is not None else ""
    return Uncatchable(f"System.AssertException: Assertion Failed: {message}{text} ({m.place})")


def _check(m: Machine, good: bool, text: str, said: Value) -> None:
    if not good:
        raise _failed(m, text, said)


def _check_equal(m: Machine, expected: Value, actual: Value, said: Value = None) -> None:
    text = f"Expected: {to_text(m, expected)}, Actual: {to_text(m, actual)}"
    _check(m, _same(m, expected, actual), text, said)


def _check_not_equal(m: Machine, expected: Value, actual: Value, said: Value = None) -> None:
    _check(m, not _same(m, expected, actual), f"Same value: {to_text(m, expected)}", said)


def _same(m: Machine, left: Value, right: Value) -> bool:
    """Compare as assertions do: like ``==``, but with the case of strings."""
    if (
        isinstance(left, str)
        and isinstance(right, str)
        and not isinstance(left, Id)
        and not isinstance(right, Id)
    ):
        return left == right
    return equal(m, left, right)


static("System.assertEquals")(_check_equal)
static("System.assertNotEquals")(_check_not_equal)
static("Assert.areEqual")(_check_equal)
static("Assert.areNotEqual")(_check_not_equal)


@static("System.assert")
def _assert(m: Machine, good: Value, said: Value = None) -> None:
    _check(m, good is True, "Expected: true, Actual: " + to_text(m, good), said)


@static("Assert.isTrue")
def _is_true(m: Machine, good: Value, said: Value = None) -> None:
    _assert(m, good, said)


@static("Assert.isFalse")
def _is_false(m: Machine, good: Value, said: Value = None) -> None:
    _check(m, good is False, "Expected: false, Actual: " + to_text(m, good), said)


@static("Assert.isNull")
def _is_null(m: Machine, value: Value, said: Value = None) -> None:
    _check(m, value is None, f"Expected: null, Actual: {to_text(m, value)}", said)


@static("Assert.isNotNull")
def _is_not_null(m: Machine, value: Value, said: Value = None) -> None:
    _check(m, value is not None, "Expected a value, Actual: null", said)


@static("Assert.isInstanceOfType")
def _is_instance(m: Machine, value: Value, wanted: TypeValue, said: Value = None) -> None:
    _check(m, m.types.is_instance(value, wanted.of), f"Not an instance of {wanted.of}", said)


@static("Assert.fail")
def _fail(m: Machine, said: Value = None) -> None:
    raise _failed(m, "Assert.fail", said)
