"""Every failure we expect, one class each. HTTP is unknown here: see `proxy.http.failures`."""


class ProxyError(Exception):
    """An expected failure. Its text is shown to the caller and holds no secret.

    Args:
        text: for the caller.
        why: the cause, for the log alone, since the caller may be anybody; no secret either.
    """

    def __init__(self, text: str, *, why: str | None = None) -> None:
        super().__init__(text)
        self.why = why


class InvalidRequest(ProxyError):
    """The request is not what Apex sends: a header, a context or the body is wrong."""


class BodyTooLarge(ProxyError):
    """The payload is larger than ``MAX_BODY_BYTES``."""


class NoRoom(ProxyError):
    """The payload could not be kept until it was complete. Nothing was started."""


class CallerRejected(ProxyError):
    """The caller's token is unknown, expired, or belongs to another org."""


class OrgNotAllowed(ProxyError):
    """``orgDomainUrl`` is no org that this app may send a token to."""


class IdentityMismatch(ProxyError):
    """The context names another user or org than the one the token belongs to."""


class PermissionSetNotAllowed(ProxyError):
    """The context asks for a permission set outside ``ALLOWED_PERMISSION_SETS``."""


class PermissionSetRequired(ProxyError):
    """The context does not ask for a permission set of ``REQUIRED_PERMISSION_SETS``."""


class IntrospectionRefused(ProxyError):
    """The org does not tell us which app a caller's token is of; a set-up matter."""


class TokenRefused(ProxyError):
    """The org refused to mint a token for the function; a set-up matter."""


class ActivationRefused(ProxyError):
    """The org refused to activate a session-based permission set; a set-up matter."""


class SessionExpired(ProxyError):
    """The org answered ``INVALID_SESSION_ID`` to a minted token, also to a fresh one."""


class OrgUnavailable(ProxyError):
    """The org is down, slow, or answers what no org answers. Nothing was started."""


class ProxyFull(ProxyError):
    """Every place for a running invocation is taken. Nothing was started."""


class ShuttingDown(ProxyError):
    """This process is being stopped. Nothing was started."""


class JobNotStored(ProxyError):
    """The job could not be stored durably, so nothing was promised."""


class BacklogFull(ProxyError):
    """Too much is stored already, of this user or of all; nothing was promised."""


class FunctionUnavailable(ProxyError):
    """The function does not take requests. It was not called."""


class FunctionBroke(ProxyError):
    """The connection to the function ended before its whole answer was here."""


class FunctionTimedOut(ProxyError):
    """The function did not answer within ``FUNCTION_TIMEOUT_S``. It may still be running."""


class AnswerTooLarge(ProxyError):
    """The function answered more than a caller could take."""


class DeliveryError(Exception):
    """An outcome could not be written to its record. The relay decides what becomes of it."""


class RecordRefused(DeliveryError):
    """The org will never take it: the record is gone, or the user may not write it."""


class FieldTooLong(DeliveryError):
    """A field of the record is shorter than what was to be written to it."""
