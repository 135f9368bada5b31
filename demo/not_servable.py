"""Why a function can't be served."""

from __future__ import annotations


class NotServableError(Exception):
    """The function can't be served as it is; the text says why."""


class MissingError(NotServableError):
    """Something has to be there before the function can be built.

    Attributes:
        sentences: one for each thing that is missing: what, and what to do.
    """

    def __init__(self, *sentences: str) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences
