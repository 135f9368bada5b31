"""A sample function: greets by name and says who called. Replace it with your own."""

from typing import Any

from salesforce_functions import Context, InvocationEvent, get_logger

logger = get_logger()


async def function(event: InvocationEvent[Any], context: Context) -> dict[str, Any]:
    """Greet whoever the payload names, as in ``{"name": "Ada"}``."""
    payload = event.data if isinstance(event.data, dict) else {}
    name = str(payload.get("name") or "World")
    letters = sum(character.isalpha() for character in name)

    logger.info("Greeted %s", name, letters=letters, username=context.org.user.username)

    return {
        "greeting": f"Hello, {name}!",
        "letters": letters,
        "calledBy": {"orgId": context.org.id, "username": context.org.user.username},
    }
