"""``python swarm.py PORT REQUESTS``: strangers on kept connections who try again at once, for ever.

A program of its own, so that what it costs is not taken from the caller who is measured. REQUESTS
is a file with a JSON list of whole requests, one for each connection.
"""

import asyncio
import contextlib
import json
import sys
from pathlib import Path


async def pester(port: int, request: bytes) -> None:
    """Send the same request again and again, over one connection while it lasts."""
    while True:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, ValueError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            with contextlib.closing(writer):
                while True:
                    writer.write(request)
                    await _answer(reader)
        await asyncio.sleep(0.05)


async def _answer(reader: asyncio.StreamReader) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
    await reader.readexactly(int(length or 0))


async def main(port: int, requests: list[str]) -> None:
    """Pester until ended."""
    await asyncio.gather(*(pester(port, request.encode()) for request in requests))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text())))
