"""What a log line looks like."""

import asyncio
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

import pytest
import structlog

from salesforce_functions import get_logger

logger = get_logger()  # at import, as functions do


class Unprintable:
    """A value that cannot be shown."""

    def __str__(self) -> NoReturn:
        """Fail."""
        raise RuntimeError


def line(capsys: pytest.CaptureFixture[str], *args: object, **attributes: Any) -> str:  # noqa: ANN401
    """Log at info and return the line, without its level and message."""
    logger.info("m", *args, **attributes)
    out = capsys.readouterr().out
    assert out.endswith("level=info msg=m\n")
    return out.removesuffix("level=info msg=m\n").rstrip(" ")


def test_attributes_come_first_then_the_id_then_level_and_message(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Bound attributes, the call's own, those of the invocation, level, message."""
    with structlog.contextvars.bound_contextvars(invocationId="00D-1"):
        logger.bind(bound=1).info("Info message with custom metadata", record_id=12345)

    assert capsys.readouterr().out == (
        "bound=1 record_id=12345 invocationId=00D-1 level=info"
        ' msg="Info message with custom metadata"\n'
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("word", "a=word"),
        ("two words", 'a="two words"'),
        ("x=y", 'a="x=y"'),
        ('say"so"', 'a=say\\"so\\"'),
        ('say "so"', 'a="say \\"so\\""'),
        ("C:\\dir", "a=C:\\dir"),
        ("C:\\my dir", 'a="C:\\\\my dir"'),
        ("", "a="),
        (None, "a="),
        (True, "a"),
        (False, "a=false"),
        (1.5, "a=1.5"),
        ([1], "a=[1]"),
        ("two\nlines", 'a="two\\nlines"'),
        ("\r\n\t", 'a="\\r\\n\\t"'),
        ("\x1b[31m\x00\x7f", 'a="\\x1b[31m\\x00\\x7f"'),
        ("\x85\u2028", 'a="\\x85\\u2028"'),
        ("\ud800", 'a="\\ud800"'),
        ("日本→", "a=日本→"),
        (Unprintable(), 'a="<unprintable Unprintable>"'),
    ],
)
def test_a_value_is_written_so_that_one_event_is_one_line(
    value: object, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Quotes only where needed; nothing that breaks lines or drives terminals."""
    assert line(capsys, a=value) == text


def test_a_key_cannot_break_the_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Nor can it raise inside of the function."""
    assert line(capsys, **{'a b="\n': 1}) == "a_b___=1"


def test_positional_arguments_are_formatted(capsys: pytest.CaptureFixture[str]) -> None:
    """As in the standard library; a lone percent sign is no format."""
    logger.info("%s has %d", "Ada", 3)
    logger.info("100%")

    assert capsys.readouterr().out == 'level=info msg="Ada has 3"\nlevel=info msg=100%\n'


def test_levels_from_info_are_written(capsys: pytest.CaptureFixture[str]) -> None:
    """Each level has its name; debug is dropped."""
    for name in ("debug", "info", "msg", "warning", "warn", "error", "critical", "fatal"):
        getattr(logger, name)("m")
    logger.log(30, "m")

    assert [text.split()[0] for text in capsys.readouterr().out.splitlines()] == [
        "level=info",
        "level=info",
        "level=warning",
        "level=warning",
        "level=error",
        "level=critical",
        "level=critical",
        "level=warning",
    ]


def test_an_exception_is_printed_plain_before_its_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """People read tracebacks; terminals do not get to see what is in them."""
    try:
        raise ValueError("first\nsecond \x1b[31m")
    except ValueError:
        logger.exception("failed", a=1)

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[-3:] == ["ValueError: first", "second \\x1b[31m", "a=1 level=error msg=failed"]


@pytest.mark.parametrize("exc_info", [(ValueError, ValueError("x"), None), ValueError("x")])
def test_an_exception_may_be_given(exc_info: object, capsys: pytest.CaptureFixture[str]) -> None:
    """As an exception or as the tuple of `sys.exc_info()`."""
    logger.error("failed", exc_info=exc_info)

    assert capsys.readouterr().out == "ValueError: x\nlevel=error msg=failed\n"


def test_no_exception_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    """`exception` outside of an `except` is just an error."""
    logger.exception("failed")  # noqa: LOG004  # that is the point

    assert capsys.readouterr().out == "level=error msg=failed\n"


def test_the_async_twins_write_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """With the id of the invocation, from whichever thread they write."""

    async def log() -> None:
        structlog.contextvars.bind_contextvars(invocationId="i")
        await logger.ainfo("m", a=1)

    asyncio.run(log())

    assert capsys.readouterr().out == "a=1 invocationId=i level=info msg=m\n"


def test_loggers_are_bound_and_unbound(capsys: pytest.CaptureFixture[str]) -> None:
    """Binding makes a new logger; the old one stays as it was."""
    bound = logger.bind(a=1, b=2)
    bound.unbind("a").try_unbind("x").info("m")
    bound.new(c=3).info("m")
    logger.info("m")

    assert capsys.readouterr().out == (
        "b=2 level=info msg=m\nc=3 level=info msg=m\nlevel=info msg=m\n"
    )


def test_the_users_own_structlog_settings_are_left_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Neither changes the other."""
    structlog.reset_defaults()
    try:
        assert line(capsys, a=1) == "a=1"
        assert not structlog.is_configured()
        structlog.configure(processors=[structlog.processors.JSONRenderer()])
        assert line(capsys, a=1) == "a=1"
    finally:
        structlog.reset_defaults()


def test_a_closed_stdout_fails_no_invocation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Logging is a service to the function, not a condition for it."""
    monkeypatch.setattr(sys, "stdout", None)
    logger.info("m")


@pytest.mark.slow
def test_json_can_be_chosen() -> None:
    """LOG_FORMAT=json: one object per line, whatever the values, with the proxy's names."""
    program = (
        "import structlog\n"
        "from salesforce_functions import get_logger\n"
        "log = get_logger()\n"
        "log.info('two words', a=1, b='x\\ny', c=None, d={1})\n"
        "log.info('m', a=2**70, b='\\ud800')\n"
        "log.error('m', exc_info=ValueError('x'))\n"
        "structlog.contextvars.bind_contextvars(invocationId='i')\n"
        "log.info('m', id=5, message='x', timestamp=7, logger='y')\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program],
        env={"LOG_FORMAT": "json"},
        check=True,
        capture_output=True,
    )

    lines = [json.loads(text) for text in result.stdout.splitlines()]
    for line in lines:
        assert line.pop("logger") == "function"
        age = datetime.now(UTC) - datetime.fromisoformat(line.pop("timestamp"))
        assert timedelta(0) <= age < timedelta(hours=1)
    assert lines == [
        {"a": 1, "b": "x\ny", "c": None, "d": "{1}", "level": "info", "message": "two words"},
        {"a": "1180591620717411303424", "b": "\\ud800", "level": "info", "message": "m"},
        {"level": "error", "message": "m", "exception": "ValueError: x\n"},
        {
            "id_": 5,
            "message_": "x",
            "timestamp_": 7,
            "logger_": "y",
            "id": "i",
            "level": "info",
            "message": "m",
        },
    ]
