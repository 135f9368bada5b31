"""Who and what the simulated org has: its id, its app."""

from typing import Final

ORG_ID: Final = "00Dxx0000006IYJEA2"
CONSUMER_KEY: Final = "3MVG9.test.consumer.key"
