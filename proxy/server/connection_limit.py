"""How many connections a process can hold: each is an open file, and its payload may be another."""

from __future__ import annotations

import resource

FILES_OF_A_CONNECTION = 2
"""A payload that is too large for the memory waits in a file."""
SPARE = 150
"""For libraries, the job store, the log."""


def room_for(connections: int, *, threads: int) -> int:
    """Ask the system for enough open files; return how many connections it has room for.

    Beyond its limit a process can take no connection, nor open anything else.

    Args:
        connections: wanted at most.
        threads: each may have a connection to the function and one to the org.
    """
    beside = 2 * threads + SPARE
    wanted = FILES_OF_A_CONNECTION * connections + beside
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < files:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))
    return max(1, min(connections, (files - beside) // FILES_OF_A_CONNECTION))
