"""What can go wrong with the Data API; `DataApiError` is all of it."""

from dataclasses import dataclass

__all__ = [
    "ClientError",
    "DataApiError",
    "InnerSalesforceRestApiError",
    "MissingFieldError",
    "SalesforceRestApiError",
    "UnexpectedRestApiResponsePayload",
]


class DataApiError(Exception):
    """The Data API could not do what was asked."""


@dataclass(frozen=True, kw_only=True, slots=True)
class InnerSalesforceRestApiError:
    """One of the reasons that the org gives. A value, not an exception."""

    message: str
    """For people."""

    error_code: str
    """For programs, for example ``INVALID_FIELD``."""

    fields: list[str]
    """The fields it is about; often empty."""

    def __str__(self) -> str:
        return f"{self.error_code} error:\n{self.message}"


@dataclass(init=False)
class SalesforceRestApiError(DataApiError):
    """The org refused; `api_errors` says why. Two with the same reasons are equal."""

    api_errors: list[InnerSalesforceRestApiError]
    """All reasons, in the org's order."""

    def __init__(self, api_errors: list[InnerSalesforceRestApiError]) -> None:
        super().__init__(api_errors)
        self.api_errors = api_errors

    def __hash__(self) -> int:
        # Equal ones have equal texts; the reasons themselves hold lists.
        return hash(str(self))

    def __str__(self) -> str:
        reasons = "\n---\n".join(str(error) for error in self.api_errors)
        return f"Salesforce REST API reported the following error(s):\n---\n{reasons}"


class MissingFieldError(DataApiError):
    """The record lacks a field without which nothing can be asked."""


class ClientError(DataApiError):
    """The org was not reached, or did not answer in time: what was asked may have happened."""


class UnexpectedRestApiResponsePayload(DataApiError):
    """The org's answer is not what its documentation says."""
