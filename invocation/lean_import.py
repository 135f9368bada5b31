"""Imports a library without what it would only import to be on the safe side."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def without(optional: str) -> Iterator[None]:
    """Let a package seem not to be installed, for the imports in a ``with`` block.

    Who imports it afterwards gets it.
    """
    modules = cast("dict[str, Any]", sys.modules)
    before = modules.get(optional)
    modules[optional] = None
    try:
        yield
    finally:
        del modules[optional]
        if before is not None:
            modules[optional] = before
