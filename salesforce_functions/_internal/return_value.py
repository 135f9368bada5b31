"""Turn what a function returned into JSON."""

import dataclasses

import orjson


def to_json(value: object) -> bytes:
    """Return a value as compact JSON in UTF-8.

    Beyond JSON's own types it takes tuples, dataclasses (an object of their fields, those with a
    leading underscore left out), ``datetime``, ``date``, ``time``, ``UUID`` and ``Enum``. NaN and
    infinity become ``null``.

    Raises:
        TypeError: when there is no JSON for some part of it: a set, bytes, a key that is no
            string, an integer beyond 64 bit, and so on.
    """
    return orjson.dumps(value, default=_fields_of, option=orjson.OPT_PASSTHROUGH_DATACLASS)


def _fields_of(value: object) -> dict[str, object]:
    # orjson would read dataclasses by itself, but a slot that was never set crashes it, and the
    # whole process with it.
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        raise TypeError
    names = [field.name for field in dataclasses.fields(value)]
    return {name: getattr(value, name) for name in names if not name.startswith("_")}
