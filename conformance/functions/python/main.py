"""The function of the conformance tests, in Python."""

import asyncio
from typing import Any

from salesforce_functions import Context, InvocationEvent


async def function(event: InvocationEvent[dict[str, Any]], context: Context) -> Any:  # noqa: ANN401
    """Do what the payload says."""
    match event.data:
        case {"action": "echo", "value": value}:
            return value
        case {"action": "throw", "message": message}:
            raise ValueError(message)
        case {"action": "sleep", "seconds": seconds, "value": value}:
            await asyncio.sleep(seconds)
            return value
        case {"action": "context"}:
            return {
                "id": event.id,
                "orgId": context.org.id,
                "username": context.org.user.username,
                "accessToken": context.org.data_api.access_token,
            }
    raise ValueError("no such action")
