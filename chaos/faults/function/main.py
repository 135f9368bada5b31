"""The function that is killed, frozen and starved: its answer proves whose answer it is."""

import asyncio
import hashlib
import os
from typing import Any, Final

from salesforce_functions import Context, InvocationEvent

LEAKED: Final[list[bytes]] = []


async def function(event: InvocationEvent[Any], _: Context) -> dict[str, Any]:
    """Take the time, and keep the memory, that the payload names; prove whose answer it is."""
    LEAKED.append(os.urandom(event.data["leak_bytes"]))
    await asyncio.sleep(event.data["seconds"])
    proof = hashlib.sha256(f"{event.id} {event.data['secret']}".encode()).hexdigest()
    return {"proof": proof, "pid": os.getpid()}
