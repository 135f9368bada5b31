"""Keeps a process to one core: Python runs one thread of it at a time anyway.

With several cores its threads wake each other up across them, again and again when several calls
come at once, and on virtual machines each time costs much.
"""

from __future__ import annotations

import os


def keep_to_one_core(process_name: str) -> int:
    """Choose a core for this process and for all threads that it will start; return it.

    Args:
        process_name: supervisord's, such as ``proxy_02``; each number gets a core of its own, from
            the last one on, until there are no more.
    """
    cores = sorted(os.sched_getaffinity(0))
    number = process_name.rpartition("_")[2]
    core = cores[-int(number) % len(cores)] if number.isdecimal() else cores[-1]
    os.sched_setaffinity(0, {core})
    return core
