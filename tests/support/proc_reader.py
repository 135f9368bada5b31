"""What code in a function can read as its user: run by a function, it knows none of our modules.

usage: proc_reader.py <folder>; in it ``marks.json`` has ``marks`` by name, written backwards, and
``files``, a folder that is looked at, too. It goes on until there is a file ``stop``.
"""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

MOST_OF_A_REGION = 1 << 24
TEXTS = ("environ", "cmdline", "maps", "auxv", "stack", "syscall", "status")


def main(folder: Path) -> None:
    """Look at everything, again and again; keep what was found in ``found.json``."""
    asked = json.loads((folder / "marks.json").read_text())
    marks = {name: mark[::-1].encode() for name, mark in asked["marks"].items()}
    planted = {"PATH": os.environ["PATH"], "PLANTED": marks["planted"].decode()}
    sleeper = subprocess.Popen(["sleep", "600"], env=planted)
    found: set[tuple[str, str]] = set()
    rounds = 0
    try:
        while not (folder / "stop").exists():
            for place, text in everything(Path(asked["files"])):
                found |= {(name, place) for name, mark in marks.items() if mark in text}
            rounds += 1
            new = folder / "new.json"
            new.write_text(json.dumps({"rounds": rounds, "found": sorted(found)}))
            new.rename(folder / "found.json")
    finally:
        sleeper.kill()
        sleeper.wait()


def everything(files: Path) -> Iterator[tuple[str, bytes]]:
    """Yield what may be read, with its place."""
    for process in Path("/proc").iterdir():
        if process.name.isdecimal() and int(process.name) != os.getpid():
            with contextlib.suppress(OSError):
                if process.stat().st_uid == os.getuid():
                    yield from of_process(process)
    for path in files.rglob("*"):
        with contextlib.suppress(OSError):
            if path.is_file():
                yield f"file {path.name}", path.read_bytes()


def of_process(process: Path) -> Iterator[tuple[str, bytes]]:
    """Yield what a process shows."""
    for name in TEXTS:
        with contextlib.suppress(OSError):
            yield f"{name} of a process", (process / name).read_bytes()
    with contextlib.suppress(OSError):
        for each in (process / "fd").iterdir():
            with contextlib.suppress(OSError):
                if each.is_file():  # a pipe would lose what is read from it
                    yield "a descriptor", each.read_bytes()
    with contextlib.suppress(OSError, ValueError):
        yield from memory(process)


def memory(process: Path) -> Iterator[tuple[str, bytes]]:
    """Yield each region that holds data."""
    regions = (process / "maps").read_text().splitlines()
    with (process / "mem").open("rb", buffering=0) as mem:
        for line in regions:
            place, rights, *_ = line.split()
            if not rights.startswith("rw"):
                continue
            low, high = (int(end, 16) for end in place.split("-"))
            with contextlib.suppress(OSError):
                mem.seek(low)
                yield "memory of a process", mem.read(min(high - low, MOST_OF_A_REGION))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
