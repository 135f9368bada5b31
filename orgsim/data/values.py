"""Checks the values that are given to fields, and brings them into the form they are kept in.

Source of the error texts: REST developer guide, "Status codes and error responses".
"""

import base64
import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Final

from orgsim.data.schema import Field, ObjectType
from orgsim.ids import to_18
from orgsim.refusals import ApiRefused, WrongKind, id_given
from orgsim.timestamps import timestamp

_LARGEST_INT: Final = 99_999_999
_LARGEST_DOUBLE: Final = 10**18 - 1


def check_new(found: ObjectType, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a record to be created, in the form they are kept in.

    Raises:
        ApiRefused: a field does not exist, is not to be given, is missing or has a bad value.
    """
    checked = _check(found, values, writable=("always", "create"))
    needed = [field.name for field in found.fields.values() if field.required]
    _require([name for name in needed if checked.get(name) in (None, "")])
    return checked


def check_changes(found: ObjectType, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a record to be updated, in the form they are kept in.

    Raises:
        ApiRefused: a field does not exist, is not to be given, is emptied or has a bad value.
    """
    checked = _check(found, values, writable=("always",))
    empty = [name for name, value in checked.items() if value in (None, "")]
    _require([name for name in empty if found.fields[name].required])
    return checked


def as_datetime(text: str) -> str:
    """Return a point in time as records have it; without a zone it is UTC.

    Raises:
        ValueError: it is none.
    """
    moment = dt.datetime.fromisoformat(text)
    return timestamp((moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).timestamp())


def as_date(text: str) -> str:
    """Return a date as records have it.

    Raises:
        ValueError: it is none.
    """
    return dt.date.fromisoformat(text).isoformat()


def _check(
    found: ObjectType, values: Mapping[str, Any], *, writable: tuple[str, ...]
) -> dict[str, Any]:
    for name in values:
        if name.casefold() == "id":
            raise id_given()
        field = found.fields.get(name)
        if field is None:
            raise ApiRefused(
                "INVALID_FIELD", f"No such column '{name[:80]}' on sobject of type {found.name}"
            )
        if field.writable not in writable:
            raise ApiRefused(
                "INVALID_FIELD_FOR_INSERT_UPDATE",
                f"Unable to create/update fields: {name}. Please check the security settings of "
                "this field and verify that it is read/write for your profile or permission set.",
                (name,),
            )
    return {name: _checked(found.fields[name], value) for name, value in values.items()}


def _require(missing: list[str]) -> None:
    if missing:
        raise ApiRefused(
            "REQUIRED_FIELD_MISSING",
            f"Required fields are missing: [{', '.join(missing)}]",
            tuple(missing),
        )


def _checked(field: Field, value: object) -> object:
    return None if value is None else _CHECKS[field.kind](field, value)


def _string(field: Field, value: object) -> str | None:
    if not isinstance(value, str):
        raise WrongKind(field.name, "string", value)
    if len(value.encode("utf-16-le", "surrogatepass")) // 2 > field.length:
        raise ApiRefused(
            "STRING_TOO_LONG",
            f"{field.name}: data value too large: {value[:255]} (max length={field.length})",
            (field.name,),
        )
    return value or None  # the platform knows no empty text


def _double(field: Field, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise WrongKind(field.name, "double", value)
    _within(field, value, _LARGEST_DOUBLE)
    return float(value)


def _int(field: Field, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise WrongKind(field.name, "int", value)
    _within(field, value, _LARGEST_INT)
    return value


def _within(field: Field, value: float, most: int) -> None:
    if not abs(value) <= most:
        raise ApiRefused(
            "NUMBER_OUTSIDE_VALID_RANGE",
            f"{field.name}: value outside of valid range",
            (field.name,),
        )


def _boolean(field: Field, value: object) -> bool:
    if not isinstance(value, bool):
        raise WrongKind(field.name, "boolean", value)
    return value


def _date(field: Field, value: object) -> str:
    return _parsed(field, as_date, value)


def _datetime(field: Field, value: object) -> str:
    return _parsed(field, as_datetime, value)


def _reference(field: Field, value: object) -> str:
    try:
        return to_18(value if isinstance(value, str) else "")
    except ValueError as error:
        raise ApiRefused(
            "MALFORMED_ID",
            f"{field.name}: id value of incorrect type: {str(value)[:80]}",
            (field.name,),
        ) from error


def _base64(field: Field, value: object) -> bytes:
    try:
        return base64.b64decode(value if isinstance(value, str) else "*", validate=True)
    except ValueError as error:
        raise WrongKind(field.name, "base64", value) from error


_CHECKS: Final[Mapping[str, Callable[[Field, object], object]]] = {
    "string": _string,
    "double": _double,
    "int": _int,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
    "reference": _reference,
    "base64": _base64,
}


def _parsed(field: Field, parse: Callable[[str], str], value: object) -> str:
    try:
        return parse(value if isinstance(value, str) else "")
    except ValueError as error:
        raise WrongKind(field.name, field.kind, value) from error
