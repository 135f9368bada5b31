"""The function that Apex calls in the whole-loop tests: it does what its payload says."""

import asyncio
from pathlib import Path
from typing import Any

from salesforce_functions import Context, InvocationEvent


# What it remembers is in a small file: ASYNC240 is about files that take time.
async def function(event: InvocationEvent[Any], context: Context) -> dict[str, Any]:
    """Answer with the payload and who called, raise, raise the first time, wait, or never end.

    Raises:
        ValueError: the payload asks for it.
    """
    todo = event.data.get("do", "answer")
    if todo == "raise":
        raise ValueError(f"no luck with {event.data['word']}")
    if todo == "stumble" and not Path(event.data["started"]).exists():  # noqa: ASYNC240
        Path(event.data["started"]).touch()  # noqa: ASYNC240
        raise ValueError("stumbled")
    if todo == "hang":
        Path(event.data["started"]).touch()  # noqa: ASYNC240
        await asyncio.Event().wait()
    while todo == "wait" and not Path(event.data["until"]).exists():  # noqa: ASYNC110, ASYNC240
        await asyncio.sleep(0.05)
    return {"word": event.data["word"], "caller": context.org.user.username}
