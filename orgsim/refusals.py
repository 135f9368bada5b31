"""The expected failures of an org's interfaces, as its documentation names them."""


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


def session_refused() -> ApiRefused:
    """Return the refusal of a token that is not, or no longer, a session."""
    return ApiRefused("INVALID_SESSION_ID", "Session expired or invalid")


def not_found() -> ApiRefused:
    """Return the refusal of whatever does not exist here, or is not visible."""
    return ApiRefused("NOT_FOUND", "The requested resource does not exist")
