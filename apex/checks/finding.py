"""What a check reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, order=True, slots=True)
class Finding:
    """One thing to change."""

    path: Path
    """The file to change."""
    line: int
    """Where in it; 0 is the file as a whole."""
    text: str
    """What is wrong, and what to write instead."""

    def told(self, root: Path) -> str:
        """Return it as a line that an editor can jump to."""
        shown = self.path.relative_to(root) if self.path.is_relative_to(root) else self.path
        return f"{shown}:{self.line or 1}: {self.text}"
