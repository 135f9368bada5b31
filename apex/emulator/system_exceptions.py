"""The exception classes of the platform."""

from __future__ import annotations

from typing import Final

from apex.emulator.source.classes import ClassInfo

_NAMES: Final = (
    "AsyncException",
    "AuraHandledException",
    "CalloutException",
    "DmlException",
    "FinalException",
    "HandledException",
    "IllegalArgumentException",
    "InvalidParameterValueException",
    "JSONException",
    "LimitException",
    "ListException",
    "MathException",
    "NoAccessException",
    "NoDataFoundException",
    "NoSuchElementException",
    "NullPointerException",
    "QueryException",
    "RequiredFeatureMissingException",
    "SecurityException",
    "SerializationException",
    "SObjectException",
    "StringException",
    "TypeException",
    "UnexpectedException",
    "VisualforceException",
    "XmlException",
    "AssertException",
    "Cache.Org.OrgCacheException",
    "Auth.JWTBearerTokenExchange.JWTBearerTokenExchangeException",
)

BASE: Final = ClassInfo("Exception", modifiers=frozenset({"public", "virtual"}))

SYSTEM_EXCEPTIONS: Final = {
    "exception": BASE,
    **{name.lower(): ClassInfo(name, parent=BASE) for name in _NAMES},
}
"""By lower-case name."""
