"""Settings that bin/function reads, not the proxy: checked with all others, at the start."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxy.settings_reader import shown

if TYPE_CHECKING:
    from proxy.settings_reader import SettingsReader

ROOT: Final = Path(__file__).parents[1]


def check_function_folder(read: SettingsReader, name: str) -> None:
    """Note a problem unless the function's folder is there."""
    folder = read.text(name) or "function"
    if not ROOT.joinpath(folder).is_dir():
        where = f"in {ROOT} or absolute"
        read.problem(name, f"must be the function's folder, {where}: there is no {shown(folder)}")
