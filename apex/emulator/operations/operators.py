"""Operators, as Apex has them: comparison without case, 32-bit integers, decimals."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import TYPE_CHECKING, Final

from apex.emulator.errors import IllegalApex
from apex.emulator.operations.text_form import to_text
from apex.emulator.values import (
    ApexObject,
    ApexType,
    EnumValue,
    Id,
    Long,
    Value,
    id18,
    identity_of,
    type_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from apex.emulator.machine import Machine

_DIVISION_SCALE: Final = 32
_DATETIME: Final = ApexType("Datetime")


def truth(m: Machine, value: Value) -> bool:
    """Return a condition's value; a null is a NullPointerException."""
    if value is None:
        raise m.null_pointer()
    if not isinstance(value, bool):
        raise IllegalApex(f"a condition must be a Boolean, not {type_of(value)}, at {m.place}")
    return value


def equal(m: Machine, left: Value, right: Value) -> bool:
    """Return ``left == right``: strings without case, objects by ``equals`` when they define it."""
    if left is None or right is None:
        return left is right
    if isinstance(left, str) and isinstance(right, str):
        return _same_text(left, right)
    if isinstance(left, ApexObject) and m.has_method(left, "equals"):
        return bool(m.invoke(left, "equals", [right]))
    if is_number(left) and is_number(right) and float in (type(left), type(right)):
        return float(left) == float(right)
    return bool(identity_of(left) == identity_of(right))


def _same_text(left: str, right: str) -> bool:
    if isinstance(left, Id) or isinstance(right, Id):
        return (id18(left) or left) == (id18(right) or right)
    return left.lower() == right.lower()


def is_number(value: Value) -> bool:
    """Whether a value is an Integer, Long, Decimal or Double."""
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def compare(m: Machine, left: Value, right: Value) -> int:
    """Return -1, 0 or 1, as ``<`` and ``>`` see two values that are not null."""
    if is_number(left) and is_number(right):
        if isinstance(left, float) != isinstance(right, float):
            left, right = float(left), float(right)
    elif isinstance(left, str) and isinstance(right, str):
        left, right = left.lower(), right.lower()
    elif isinstance(left, EnumValue) and isinstance(right, EnumValue):
        left, right = left.ordinal, right.ordinal
    elif isinstance(left, date) and isinstance(right, date):
        if isinstance(left, datetime) != isinstance(right, datetime):
            left, right = m.types.convert(left, _DATETIME), m.types.convert(right, _DATETIME)
    elif type(left) is not type(right):
        raise IllegalApex(f"{type_of(left)} and {type_of(right)} cannot be compared, at {m.place}")
    return int(left > right) - int(left < right)


def ordered(m: Machine, op: str, left: Value, right: Value) -> bool:
    """Return ``left < right`` and the like. Against a null Apex says false."""
    if left is None or right is None:
        return False
    result = compare(m, left, right)
    return {
        "LESS_THAN": result < 0,
        "LESS_THAN_EQUAL": result <= 0,
        "GREATER_THAN": result > 0,
        "GREATER_THAN_EQUAL": result >= 0,
    }[op]


def arithmetic(m: Machine, op: str, left: Value, right: Value) -> Value:
    """Return ``left op right`` for + - * / & | ^ and shifts."""
    if op == "ADDITION" and (isinstance(left, str) or isinstance(right, str)):
        return to_text(m, left) + to_text(m, right)
    if left is None or right is None:
        raise m.null_pointer()
    if isinstance(left, date) and isinstance(right, int):
        return _moved_date(left, right if op == "ADDITION" else -right)
    if isinstance(left, bool) and isinstance(right, bool) and op in ("AND", "OR", "XOR"):
        return {"AND": left and right, "OR": left or right, "XOR": left != right}[op]
    if not (is_number(left) and is_number(right)):
        raise IllegalApex(f"{op} of {type_of(left)} and {type_of(right)} at {m.place}")
    if isinstance(left, float) or isinstance(right, float):
        return _floating(m, op, left, right)
    if isinstance(left, Decimal) or isinstance(right, Decimal):
        return _decimal(m, op, Decimal(left), Decimal(right))
    return _whole(m, op, left, right)


def _moved_date(value: date, days: int) -> date:
    return value + timedelta(days=days)


def whole(value: int, long: bool) -> int:
    """Wrap an integer to 32 or 64 bits, as Apex does on overflow."""
    bits = 64 if long else 32
    wrapped = (value + (1 << (bits - 1))) % (1 << bits) - (1 << (bits - 1))
    return Long(wrapped) if long else wrapped


def _whole(m: Machine, op: str, left: int, right: int) -> int:
    long = isinstance(left, Long) or isinstance(right, Long)
    if op == "DIVISION":
        if right == 0:
            raise m.throw("MathException", "Divide by 0")
        quotient = abs(int(left)) // abs(int(right))
        return whole(quotient if (left < 0) == (right < 0) else -quotient, long)
    a, b = int(left), int(right)
    if op not in _WHOLE:
        return _shifted(m, op, left, b)
    return whole(_WHOLE[op](a, b), long)


_WHOLE: Final[dict[str, Callable[[int, int], int]]] = {
    "ADDITION": lambda a, b: a + b,
    "SUBTRACTION": lambda a, b: a - b,
    "MULTIPLICATION": lambda a, b: a * b,
    "AND": lambda a, b: a & b,
    "OR": lambda a, b: a | b,
    "XOR": lambda a, b: a ^ b,
}


def _shifted(m: Machine, op: str, left: int, by: int) -> int:
    long = isinstance(left, Long)
    bits = 64 if long else 32
    by %= bits
    if op == "LEFT_SHIFT":
        return whole(int(left) << by, long)
    if op == "RIGHT_SHIFT":
        return whole(int(left) >> by, long)
    if op == "UNSIGNED_RIGHT_SHIFT":
        return whole((int(left) % (1 << bits)) >> by, long)
    raise m.not_emulated(f"operator {op}")


def _floating(m: Machine, op: str, left: Value, right: Value) -> Value:
    a, b = float(left), float(right)
    if op == "DIVISION" and b == 0:
        raise m.throw("MathException", "Divide by 0")
    results = {"ADDITION": a + b, "SUBTRACTION": a - b, "MULTIPLICATION": a * b}
    if op == "DIVISION":
        return a / b
    if op not in results:
        raise m.not_emulated(f"operator {op} of Doubles")
    return results[op]


def _decimal(m: Machine, op: str, left: Decimal, right: Decimal) -> Decimal:
    with localcontext(prec=50):
        if op == "ADDITION":
            return left + right
        if op == "SUBTRACTION":
            return left - right
        if op == "MULTIPLICATION":
            return left * right
        if op != "DIVISION":
            raise m.not_emulated(f"operator {op} of Decimals")
        if right == 0:
            raise m.throw("MathException", "Divide by 0")
        quotient = (left / right).quantize(Decimal(1).scaleb(-_DIVISION_SCALE), ROUND_HALF_EVEN)
        return (
            quotient.normalize()
            if quotient != quotient.to_integral_value()
            else quotient.quantize(Decimal(1))
        )
