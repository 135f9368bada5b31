"""Run these with ``pytest``."""

import asyncio
from unittest.mock import patch

from main import function

from salesforce_functions import QueriedRecord, RecordQueryResult
from salesforce_functions.testing import mock_context, mock_event

ACME = QueriedRecord(type="Account", fields={"Name": "Acme"})
FOUND = RecordQueryResult(done=True, total_size=1, records=[ACME], next_records_url=None)


def test_it_returns_the_payload_and_the_names_of_accounts() -> None:
    """The org is a made-up one: its answer to a query is given here."""
    event, context = mock_event(data={"hello": "there"}), mock_context()

    with patch.object(context.org.data_api, "query", return_value=FOUND):
        result = asyncio.run(function(event, context))

    assert result == {"youSent": {"hello": "there"}, "accounts": ["Acme"]}
