"""The expected failures of an org's interfaces, as its documentation names them."""

from typing import Final


class OAuthRefused(Exception):
    """The token endpoint refuses. Source: platform documentation, "OAuth 2.0 error codes"."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(f"{error}: {description}")
        self.error = error
        self.description = description


class IdentityRefused(Exception):
    """The identity endpoints refuse; the only thing they say is one word."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


class ApiRefused(Exception):
    """The REST interface refuses. Source: REST developer guide, "Status codes and errors"."""

    def __init__(self, code: str, message: str, fields: tuple[str, ...] | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.fields = fields
        """Named in the answer only where the platform does: ``None`` leaves the key out."""


class WrongKind(ApiRefused):
    """A value is not of the kind that its field holds.

    Source of the texts are public reports: mautic/mautic#3048 (a text for a number),
    verbb/formie#2790 (for a point in time), verbb/formie#2124 (a list, of which less is said).
    """

    def __init__(self, field: str, wanted: str, value: object) -> None:
        kind = _KINDS[type(value)]
        self.field = field
        self._reason = f"Cannot deserialize instance of {wanted} from {kind} value"
        if kind != "START_ARRAY":
            self._reason += f" {_shown(value)} or request may be missing a required field at"
        super().__init__("JSON_PARSER_ERROR", self._reason.removesuffix(" at"))

    def found_at(self, line: int, column: int) -> ApiRefused:
        """Return the refusal with the place in the request."""
        return ApiRefused(self.code, f"{self._reason} [line:{line}, column:{column}]")


_KINDS: Final = {
    bool: "VALUE_BOOLEAN",
    dict: "START_OBJECT",
    float: "VALUE_NUMBER_FLOAT",
    int: "VALUE_NUMBER_INT",
    list: "START_ARRAY",
    str: "VALUE_STRING",
}
"""What the platform calls the kinds of JSON values, by Python's."""


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "{" if isinstance(value, dict) else str(value)[:80]


def id_given() -> ApiRefused:
    """Return the refusal of ``Id`` among the fields of a record.

    Source: REST API developer guide, "Create a Record" (example of an error); for updates
    jesperfj/force-rest-api#69.
    """
    return ApiRefused("INVALID_FIELD", "The Id field should not be specified in the sobject data.")


def session_refused() -> ApiRefused:
    """Return the refusal of a token that is not, or no longer, a session."""
    return ApiRefused("INVALID_SESSION_ID", "Session expired or invalid")


def not_found() -> ApiRefused:
    """Return the refusal of whatever does not exist here, or is not visible."""
    return ApiRefused("NOT_FOUND", "The requested resource does not exist")
