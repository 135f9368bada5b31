"""How the function is found in main.py, and what is said when it is not."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from salesforce_functions._internal.function_loader import LoadFunctionError, load_function
from salesforce_functions.testing import mock_context, mock_event
from tests.support.runtime_project import GOOD_MAIN, write_project

NOT_FOUND = "Didn't find a function named 'function' in main.py."
YIELDS = "The function named 'function' in main.py must return its result instead of yielding it."


@pytest.fixture(autouse=True)
def _imports_undone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Forget what a test imported: all projects have a module of the same name."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    before = dict(sys.modules)
    yield
    for name in set(sys.modules) - set(before):
        del sys.modules[name]
    sys.modules.update(before)


def call(path: Path) -> Any:  # noqa: ANN401  # whatever the function returns
    """Load the function of a project and call it."""
    function = load_function(path)
    return asyncio.run(function(mock_event(data=None), mock_context()))


def refusal(path: Path) -> str:
    """Return why a project is refused."""
    with pytest.raises(LoadFunctionError) as caught:
        load_function(path)
    return str(caught.value)


@pytest.mark.parametrize(
    "main",
    [
        pytest.param("from .other import answer", id="relative"),
        pytest.param("from other import answer", id="absolute"),
        pytest.param("from main.other import answer", id="package"),
    ],
)
def test_modules_next_to_main_can_be_imported(tmp_path: Path, main: str) -> None:
    """Functions in the wild use either way."""
    main += "\nasync def function(event, context):\n    return answer\n"
    write_project(tmp_path, main=main, other="answer = 42")

    assert call(tmp_path) == 42


def test_the_module_is_called_main_and_its_project_comes_first(tmp_path: Path) -> None:
    """Pickle and dataclasses need the module to be known by its name."""
    main = """
        import sys
        assert sys.modules[__name__].__dict__ is globals()
        async def function(event, context):
            return [__name__, sys.path[0]]
    """.replace("\n        ", "\n")
    write_project(tmp_path, main=main)

    assert call(tmp_path) == ["main", str(tmp_path)]


@pytest.mark.parametrize(
    "main",
    [
        pytest.param("async def function(event, context): return 42", id="async"),
        pytest.param(
            "async def other(event, context): return 42\nfunction = other", id="another-name"
        ),
        pytest.param("async def function(event, context=None): return 42", id="default"),
        pytest.param(
            "import functools\n"
            "def twice(inner):\n"
            "    @functools.wraps(inner)\n"
            "    async def outer(*args):\n"
            "        return await inner(*args)\n"
            "    return outer\n"
            "@twice\n"
            "async def function(event, context): return 42",
            id="decorated",
        ),
        pytest.param("async def function(event: 'Nothing', context: 1/1): return 42", id="typed"),
    ],
)
def test_a_function_is_accepted(tmp_path: Path, main: str) -> None:
    """Whatever takes an event and a context; annotations do not matter."""
    assert call(write_project(tmp_path, main=main)) == 42


def test_a_function_may_come_from_another_module(tmp_path: Path) -> None:
    """``main.py`` then only says where it is."""
    other = "async def function(event, context): return 42"
    write_project(tmp_path, main="from .other import function", other=other)

    assert call(tmp_path) == 42


def test_a_plain_function_is_accepted(tmp_path: Path) -> None:
    """Unlike the withdrawn runtime, which wanted `async def`."""
    write_project(tmp_path, main="def function(event, context): return 42")

    assert load_function(tmp_path)(mock_event(data=None), mock_context()) == 42


@pytest.mark.parametrize(
    ("main", "reason"),
    [
        pytest.param("", NOT_FOUND, id="nothing"),
        pytest.param("async def functions(event, context): ...", NOT_FOUND, id="another-name"),
        pytest.param("function = 5", NOT_FOUND, id="a-number"),
        pytest.param("class function: ...", NOT_FOUND, id="a-class"),
        pytest.param("function = print", NOT_FOUND, id="built-in"),
        pytest.param(
            "import functools\nasync def f(event, context): ...\nfunction = functools.partial(f)",
            NOT_FOUND,
            id="partial",
        ),
        pytest.param(
            "class F:\n    async def __call__(self, event, context): ...\nfunction = F()",
            NOT_FOUND,
            id="callable",
        ),
        pytest.param("async def function(event, context): yield 1", YIELDS, id="async-yield"),
        pytest.param("def function(event, context): yield 1", YIELDS, id="yield"),
    ],
)
def test_anything_else_is_refused(tmp_path: Path, main: str, reason: str) -> None:
    """The reason says what is expected."""
    assert refusal(write_project(tmp_path, main=main)) == reason


@pytest.mark.parametrize(
    ("parameters", "count"),
    [("", 0), ("event", 1), ("event, context, logger", 3), ("event, context, x=1", 3)],
)
def test_the_number_of_parameters_must_be_two(tmp_path: Path, parameters: str, count: int) -> None:
    """Those with defaults count as well."""
    path = write_project(tmp_path, main=f"async def function({parameters}): ...")

    assert refusal(path) == (
        "The function named 'function' in main.py has the wrong number of parameters"
        f" (expected 2 but found {count})."
    )


def test_a_missing_main_is_named_with_its_whole_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when the project was given by a relative path."""
    monkeypatch.chdir(tmp_path)

    assert refusal(Path()) == f"Didn't find a main.py file at {tmp_path}/main.py."


@pytest.mark.parametrize(
    ("main", "last_line"),
    [
        pytest.param("def", "SyntaxError: invalid syntax", id="syntax"),
        pytest.param(
            "import nowhere", "ModuleNotFoundError: No module named 'nowhere'", id="import"
        ),
        pytest.param("1/0", "ZeroDivisionError: division by zero", id="error"),
        pytest.param("raise SystemExit(0)", "SystemExit: 0", id="exit"),
    ],
)
def test_an_error_at_import_is_shown(tmp_path: Path, main: str, last_line: str) -> None:
    """With its traceback, and also when main.py wants to end the process."""
    reason = refusal(write_project(tmp_path, main=main))

    assert reason.startswith("Couldn't import main.py:\n\nTraceback (most recent call last):\n")
    assert reason.rstrip().endswith(last_line)


def test_a_byte_order_mark_is_read_over(tmp_path: Path) -> None:
    """As editors on Windows write it."""
    write_project(tmp_path, main="\ufeff" + GOOD_MAIN)

    assert load_function(tmp_path).__name__ == "function"


def test_a_refused_write_at_import_says_where_to_write(tmp_path: Path) -> None:
    """After the traceback."""
    write_project(tmp_path, main="raise OSError(30, 'Read-only file system', 'out.pdf')")

    assert refusal(tmp_path).endswith(
        "OSError: [Errno 30] Read-only file system: 'out.pdf'\n"
        "(nothing can be written there: write to /tmp, which Python's tempfile does)\n"
    )
