"""What a check finds."""


class Fault(Exception):
    """The server breaks the contract.

    Args:
        what: what it does wrong, as its callers meet it.
        change: what to change.
    """

    def __init__(self, what: str, change: str) -> None:
        super().__init__(f"{what}: {change}")


class Skipped(Exception):
    """The check can't be made here; the text says why."""
