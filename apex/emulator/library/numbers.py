"""Integer, Long, Double, Decimal, Boolean, Math."""

from __future__ import annotations

import math
import random
import re
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Decimal,
)
from typing import TYPE_CHECKING, Final

from apex.emulator.operations.operators import compare, whole
from apex.emulator.registry import enum, method, static
from apex.emulator.values import EnumValue, Long, NotNull, Value

if TYPE_CHECKING:
    from apex.emulator.machine import Machine

enum(
    "RoundingMode",
    "CEILING",
    "DOWN",
    "FLOOR",
    "HALF_DOWN",
    "HALF_EVEN",
    "HALF_UP",
    "UNNECESSARY",
    "UP",
)
_ROUNDING: Final = {
    "CEILING": ROUND_CEILING,
    "DOWN": ROUND_DOWN,
    "FLOOR": ROUND_FLOOR,
    "HALF_DOWN": ROUND_HALF_DOWN,
    "HALF_EVEN": ROUND_HALF_EVEN,
    "HALF_UP": ROUND_HALF_UP,
    "UP": ROUND_UP,
}


@static("Integer.valueOf")
def _integer_value_of(m: Machine, value: Value) -> int:
    """Read text or cut a number. A null is an error: ``Argument cannot be null.``."""
    return _whole_of(m, value, "integer", long=False)


@static("Long.valueOf")
def _long_value_of(m: Machine, value: Value) -> int:
    return _whole_of(m, value, "long", long=True)


def _whole_of(m: Machine, value: Value, name: str, *, long: bool) -> int:
    if value is None:
        raise m.throw("NullPointerException", "Argument cannot be null.")
    bits = 64 if long else 32
    if isinstance(value, str):
        if not re.fullmatch(r"\s*[+-]?[0-9]+\s*", value) or abs(int(value)) > 1 << (bits - 1):
            raise m.throw("TypeException", f"Invalid {name}: {value}")
        return Long(value) if long else int(value)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise m.throw("TypeException", f"Invalid {name}: {value}")
    return whole(int(value), long)


@static("Decimal.valueOf")
def _decimal_value_of(m: Machine, value: Value) -> Decimal:
    if value is None:
        raise m.throw("NullPointerException", "Argument cannot be null.")
    if isinstance(value, str) and not re.fullmatch(
        r"\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*", value
    ):
        raise m.throw("TypeException", f"Invalid decimal: {value}")
    return Decimal(str(value).strip())


@static("Double.valueOf")
def _double_value_of(m: Machine, value: Value) -> float:
    return float(_decimal_value_of(m, value))


@static("Boolean.valueOf")
def _boolean_value_of(value: Value) -> bool:
    return value if isinstance(value, bool) else str(value).lower() == "true"


@method("Integer.format")
def _integer_format(value: int) -> str:
    return f"{value:,}"


@method("Long.format")
def _long_format(value: int) -> str:
    return f"{value:,}"


@method("Long.intValue")
def _long_int_value(value: int) -> int:
    return whole(int(value), long=False)


@method("Decimal.intValue")
def _int_value(value: Decimal) -> int:
    return whole(int(value), long=False)


@method("Decimal.longValue")
def _long_value(value: Decimal) -> Long:
    return Long(int(value))


@method("Decimal.doubleValue")
def _double_value(value: Decimal) -> float:
    return float(value)


@method("Double.intValue")
def _double_int_value(value: float) -> int:
    return whole(int(value), long=False)


@method("Double.longValue")
def _double_long_value(value: float) -> Long:
    return Long(int(value))


@method("Decimal.setScale")
def _set_scale(value: Decimal, scale: int, mode: EnumValue | None = None) -> Decimal:
    rounding = _ROUNDING[mode.name] if mode else ROUND_HALF_EVEN
    return value.quantize(Decimal(1).scaleb(-scale), rounding)


@method("Decimal.round")
def _decimal_round(value: Decimal, mode: EnumValue | None = None) -> Long:
    return Long(value.quantize(Decimal(1), _ROUNDING[mode.name] if mode else ROUND_HALF_EVEN))


@method("Decimal.scale")
def _scale(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return max(-exponent, 0) if isinstance(exponent, int) else 0


@method("Decimal.abs")
def _decimal_abs(value: Decimal) -> Decimal:
    return abs(value)


@method("Decimal.toPlainString")
def _plain(value: Decimal) -> str:
    return f"{value:f}"


@static("Math.max")
def _max(m: Machine, left: NotNull, right: NotNull) -> Value:
    return left if compare(m, left, right) >= 0 else right


@static("Math.min")
def _min(m: Machine, left: NotNull, right: NotNull) -> Value:
    return left if compare(m, left, right) <= 0 else right


@static("Math.abs")
def _abs(value: NotNull) -> Value:
    return type(value)(abs(value))


@static("Math.mod")
def _mod(m: Machine, left: int, right: int) -> int:
    if right == 0:
        raise m.throw("MathException", "Divide by 0")
    rest = abs(int(left)) % abs(int(right))
    rest = -rest if left < 0 else rest
    return Long(rest) if isinstance(left, Long) or isinstance(right, Long) else rest


@static("Math.pow")
def _pow(base: NotNull, power: NotNull) -> float:
    return float(math.pow(base, power))


@static("Math.ceil")
def _ceil(value: NotNull) -> Value:
    return float(math.ceil(value)) if isinstance(value, float) else Decimal(math.ceil(value))


@static("Math.floor")
def _floor(value: NotNull) -> Value:
    return float(math.floor(value)) if isinstance(value, float) else Decimal(math.floor(value))


@static("Math.round")
def _round(value: NotNull) -> Value:
    rounded = Decimal(str(value)).quantize(Decimal(1), ROUND_HALF_EVEN)
    return Long(rounded) if isinstance(value, float) else int(rounded)


@static("Math.random")
def _random() -> float:
    return random.random()  # noqa: S311 - Math.random promises no secrecy either
