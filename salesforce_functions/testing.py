"""Make the arguments of a function, for its unit tests."""

import uuid
from datetime import UTC, datetime
from typing import TypeVar

from salesforce_functions.context import Context, Org, User
from salesforce_functions.data_api import DataAPI
from salesforce_functions.invocation_event import InvocationEvent

__all__ = ["mock_context", "mock_event"]

T = TypeVar("T")


def mock_event(
    *,
    data: T,
    id: str | None = None,  # noqa: A002  # the name existing tests pass
    type: str = "com.salesforce.function.invoke.sync",  # noqa: A002  # as above
    source: str = (
        "urn:event:from:salesforce/JS/56.0/00DJS0000000123ABC/apex/ExampleClass:example_function():7"
    ),
    time: datetime | None = None,
) -> InvocationEvent[T]:
    """Make an event as a function gets it.

    Args:
        data: The payload.
        id: The invocation's id; a new random one when not given.
        type: The CloudEvent type.
        source: The CloudEvent source.
        time: When the event was made; now when not given.

    Returns:
        The event, to be passed to the function under test.
    """
    return InvocationEvent(
        id=id if id is not None else str(uuid.uuid4()),
        type=type,
        source=source,
        data=data,
        time=time if time is not None else datetime.now(UTC),
    )


def mock_context(
    *,
    org_id: str = "00DJS0000000123ABC",
    org_domain_url: str = "https://example-domain-url.my.salesforce.tld",
    user_id: str = "005JS000000H123",
    username: str = "user@example.tld",
    on_behalf_of_user_id: str | None = "005JS000000H456",
    client_api_version: str = "56.0",
) -> Context:
    """Make a context as a function gets it.

    Its ``org.data_api`` is a real one, with a token that opens nothing: replace the methods that
    the function uses, as in ``patch.object(context.org.data_api, "query")``.

    Args:
        org_id: The org's id.
        org_domain_url: The org's URL; also taken for its instance's.
        user_id: The user's id.
        username: The user's login name.
        on_behalf_of_user_id: The id of the user this one acts for, if any.
        client_api_version: The version of the REST API that ``org.data_api`` calls.

    Returns:
        The context, to be passed to the function under test.
    """
    user = User(id=user_id, username=username, on_behalf_of_user_id=on_behalf_of_user_id)
    data_api = DataAPI(
        org_domain_url=org_domain_url,
        api_version=client_api_version,
        access_token="EXAMPLE-TOKEN",  # noqa: S106  # opens nothing
    )
    org = Org(
        id=org_id,
        base_url=org_domain_url,
        domain_url=org_domain_url,
        data_api=data_api,
        user=user,
    )
    return Context(org=org)
