"""A Salesforce function. Change it into yours."""

from typing import Any

from salesforce_functions import Context, InvocationEvent, get_logger

logger = get_logger()


async def function(event: InvocationEvent[Any], context: Context) -> dict[str, Any]:
    """Return the payload, and the names of some accounts.

    ``event`` is what was asked: its ``data`` is the payload, whatever JSON the caller sent.
    ``context`` is who asked: ``context.org.data_api`` reads and changes the records of that org.
    """
    found = await context.org.data_api.query("SELECT Name FROM Account ORDER BY Name LIMIT 10")

    logger.info("Found accounts", count=found.total_size)

    return {"youSent": event.data, "accounts": [record.fields["Name"] for record in found.records]}
