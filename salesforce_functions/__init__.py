"""Write a Salesforce Function in Python: the names a function may use."""

from salesforce_functions._internal.log import get_logger
from salesforce_functions._internal.release import VERSION
from salesforce_functions.context import Context, Org, User
from salesforce_functions.data_api.record import QueriedRecord, Record, RecordQueryResult
from salesforce_functions.data_api.reference_id import ReferenceId
from salesforce_functions.data_api.unit_of_work import UnitOfWork
from salesforce_functions.invocation_event import InvocationEvent

__version__ = VERSION

__all__ = [
    "Context",
    "InvocationEvent",
    "Org",
    "QueriedRecord",
    "Record",
    "RecordQueryResult",
    "ReferenceId",
    "UnitOfWork",
    "User",
    "get_logger",
]
