"""Write a Salesforce Function in Python: the names a function may use."""

from salesforce_functions._internal.log import get_logger
from salesforce_functions._internal.release import VERSION
from salesforce_functions.context import Context, Org, User
from salesforce_functions.invocation_event import InvocationEvent

__version__ = VERSION

__all__ = ["Context", "InvocationEvent", "Org", "User", "get_logger"]
