"""The function of ``bench runtime``: what comes is what goes."""

from typing import Any


async def function(event: Any, _context: object) -> object:  # noqa: ANN401 - an InvocationEvent
    """Answer the event's data."""
    answer: object = event.data
    return answer
