"""Parses the requests of the tests as the routes do."""

import pytest

from invocation.errors import InvalidRequest
from invocation.request import ASYNC, SYNC, Invocation, parse_invocation
from localstack.apex import (
    ApexRequest,
)


def parse(request: ApexRequest, expected_type: str | None = None) -> Invocation:
    """Parse as the route of the request does."""
    route_type = ASYNC if request.path == "/async" else SYNC
    return parse_invocation(request.by_lower_name, expected_type=expected_type or route_type)


def refusal_of(request: ApexRequest, expected_type: str | None = None) -> str:
    """Return why the request is refused."""
    with pytest.raises(InvalidRequest) as refusal:
        parse(request, expected_type)
    return str(refusal.value)
