"""Lets no other process of our user look into this one: everything here runs as one user.

Source: prctl(2), PR_SET_DUMPABLE; proc(5). Linux only; elsewhere there is no such file system.
"""

from __future__ import annotations

import ctypes
from typing import Final

PR_SET_DUMPABLE: Final = 4


def become_undumpable() -> bool:
    """Give ``/proc/PID``'s environ, mem, maps and fd of this process to root; True if that worked.

    Children inherit it until they execute another program. No core is dumped, nobody may trace us.
    """
    libc = ctypes.CDLL(None)
    return hasattr(libc, "prctl") and libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0
