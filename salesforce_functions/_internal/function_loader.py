"""Import ``main.py`` and find the function in it."""

import importlib.util
import inspect
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, Final

from salesforce_functions._internal.writing import hint_for
from salesforce_functions.context import Context
from salesforce_functions.invocation_event import InvocationEvent

Function = Callable[[InvocationEvent[Any], Context], Any]
"""What a user writes: ``async def function(event, context)``, or the same with plain ``def``."""

_MODULE: Final = "main"
_NAME: Final = "function"
_PARAMETERS: Final = 2


class LoadFunctionError(Exception):
    """The function cannot be used; the text tells its author what to change."""


def load_function(project_path: Path) -> Function:
    """Import the function of the project in a directory.

    Args:
        project_path: The directory with ``main.py``; it becomes the first of ``sys.path``.

    Returns:
        The function, known to take two arguments.

    Raises:
        LoadFunctionError: when it is missing, cannot be imported or cannot be called.
    """
    path = project_path.joinpath("main.py").resolve()
    if not path.is_file():
        raise LoadFunctionError(f"Didn't find a main.py file at {path}.")
    function = getattr(_import(path), _NAME, None)
    if not isinstance(function, FunctionType):
        raise LoadFunctionError(f"Didn't find a function named '{_NAME}' in main.py.")
    _check_signature(function)
    return function


def _import(path: Path) -> ModuleType:
    # As a package, so that `from .other import x` works; and on the path, so that `import other`
    # does. Functions in the wild use either.
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(
        _MODULE, path, submodule_search_locations=[str(path.parent)]
    )
    if spec is None or spec.loader is None:  # only for a file that is not called `.py`
        raise LoadFunctionError(f"Didn't find a main.py file at {path}.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[_MODULE] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        text = "".join(traceback.format_exception(error))
        hint = f"{hint}\n" if (hint := hint_for(error).strip()) else ""
        raise LoadFunctionError(f"Couldn't import main.py:\n\n{text}{hint}") from error
    return module


def _check_signature(function: FunctionType) -> None:
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise LoadFunctionError(
            f"The function named '{_NAME}' in main.py must return its result instead of yielding"
            " it."
        )
    count = len(inspect.signature(function).parameters)
    if count != _PARAMETERS:
        raise LoadFunctionError(
            f"The function named '{_NAME}' in main.py has the wrong number of parameters"
            f" (expected {_PARAMETERS} but found {count})."
        )
