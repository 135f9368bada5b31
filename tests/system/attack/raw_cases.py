"""The corpus of raw requests: reads ``tests/data/http`` and puts in what only a run knows.

How a case is written: ``tests/data/http/README.md``.
"""

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from localstack.apex import ApexRequest

FOLDER: Final = Path(__file__).parents[2] / "data" / "http"

OPEN: Final = "open"
CLOSED: Final = "closed"
WAITS: Final = "waits"

_HEAD: Final = re.compile(
    r"# (?P<what>\S.*\S)\n"
    r"# source: (?P<source>\S.*\S)\n"
    r"# answers: (?P<answers>(?:[1-5][0-9]{2}(?: to HEAD)?, )*)(?P<end>open|closed|waits)\n"
    r"(?:# payload: (?P<payload>\S.*)\n)?"
    r"(?P<invokes>(?:# invokes: [1-9](?: .*)?\n)*)"
    r"\n"
    r"(?P<request>(?s:.+))"
)
_LINE: Final = re.compile(r"(?:[!-~](?:[ -~]*[!-~])?)?")
"""Blanks at its ends could not be seen, and editors take them away."""
_PIECE: Final = re.compile(
    r"\\x(?P<hex>[0-9a-f]{2})|\\(?P<escape>[rnt\\<])|<(?P<name>[^<>]+)>|(?P<text>[ -;=-\[\]-~]+)"
)
_TIMES: Final = re.compile(r"([0-9]{1,6}) times (.+)")
_ESCAPES: Final = {"r": b"\r", "n": b"\n", "t": b"\t", "\\": b"\\", "<": b"<"}
_HOST: Final = "functions.example"


@dataclass(frozen=True, kw_only=True, slots=True)
class Built:
    """A case's bytes for one connection."""

    data: bytes = field(repr=False)
    calls: list[tuple[str, bytes]]
    """What the function gets of it, in order: ``ce-id`` and payload."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One file."""

    name: str
    """``valid/...`` or ``invalid/...``, without the suffix."""
    statuses: tuple[int, ...]
    """Of the answers, in order, interim ones too."""
    to_head: tuple[bool, ...]
    """Which of them answer a HEAD, hence come without their body."""
    end: str
    """`OPEN`, `CLOSED`, or `WAITS` for more of the last request."""
    request: str = field(repr=False)
    payload: str = field(repr=False)
    invokes: tuple[tuple[int, str | None], ...]

    def build(self, request: ApexRequest, tag: str) -> Built:
        """Return the bytes to send.

        Args:
            request: a valid one; its header fields take the place of ``<apex>``.
            tag: makes the invocations' ids unique: the n-th one is called ``{tag}-n``.
        """
        writer = _Writer(request, tag)
        payload = writer.bytes_of(self.payload)
        writer.named |= {
            "payload": lambda: payload,
            "length": lambda: b"%d" % len(payload),
            "hexlength": lambda: b"%x" % len(payload),
        }
        data = writer.bytes_of(self.request)
        calls = [
            (f"{tag}-{number}", payload if body is None else writer.bytes_of(body))
            for number, body in self.invokes
        ]
        return Built(data=data, calls=calls)


def read_case(path: Path) -> Case:
    """Read one file.

    Raises:
        ValueError: it is not written as the README says.
    """
    name = f"{path.parent.name}/{path.stem}"
    text = path.read_text("ascii")
    match = _HEAD.fullmatch(text)
    if not match or not text.endswith("\n"):
        raise ValueError(f"{name}: the head is not complete")
    if any(not _LINE.fullmatch(line) for line in text.splitlines()):
        raise ValueError(f"{name}: a line has blanks at its ends, or more than ASCII")
    answers = [answer for answer in match["answers"].split(", ") if answer]
    calls = [line.split(" ", 3)[2:] for line in match["invokes"].splitlines()]
    case = Case(
        name=name,
        statuses=tuple(int(answer[:3]) for answer in answers),
        to_head=tuple(answer.endswith("HEAD") for answer in answers),
        end=match["end"],
        request=match["request"].replace("\n", ""),
        payload=match["payload"] or "",
        invokes=tuple((int(call[0]), call[1] if call[1:] else None) for call in calls),
    )
    served = bool(case.statuses) and case.statuses[-1] < 300 and case.end != WAITS
    if served != name.startswith("valid/"):
        raise ValueError(f"{name}: it is in the wrong folder")
    return case


def read_corpus() -> list[Case]:
    """Read all files, by name."""
    return [read_case(path) for path in sorted(FOLDER.glob("*/*.http"))]


def call(request: ApexRequest, ce_id: str, body: bytes = b"{}") -> bytes:
    """Return one whole good request, on a connection that stays open."""
    head = b"POST /sync HTTP/1.1\r\n" + _apex(request, ce_id, without=())
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


class _Writer:
    """Turns the notation into bytes."""

    def __init__(self, request: ApexRequest, tag: str) -> None:
        self._request = request
        self._ids = (f"{tag}-{number}" for number in itertools.count(1))
        self.named: dict[str, Callable[[], bytes]] = {
            "call": lambda: call(request, next(self._ids)),
            "apex": lambda: _apex(request, next(self._ids), without=()),
        }

    def bytes_of(self, text: str) -> bytes:
        return b"".join(self._pieces(text))

    def _pieces(self, text: str) -> Iterator[bytes]:
        end = 0
        for match in _PIECE.finditer(text):
            if match.start() != end:
                break
            end = match.end()
            if match["hex"]:
                yield bytes.fromhex(match["hex"])
            elif match["escape"]:
                yield _ESCAPES[match["escape"]]
            elif match["name"]:
                yield self._placeholder(match["name"])
            else:
                yield match["text"].encode("ascii")
        if end != len(text):
            raise ValueError(f"not understood: {text[end : end + 40]!r}")

    def _placeholder(self, name: str) -> bytes:
        if name in self.named:
            return self.named[name]()
        if times := _TIMES.fullmatch(name):
            return int(times[1]) * self.bytes_of(times[2])
        word, _, rest = name.partition(" ")
        if word == "value":
            return _values(self._request)[rest].encode()
        if word == "apex" and rest.startswith("without "):
            return _apex(self._request, next(self._ids), without=rest.split()[1:])
        raise ValueError(f"<{name}> is not known")


def _values(request: ApexRequest) -> Mapping[str, str]:
    return {"Host": _HOST, **request.headers}


def _apex(request: ApexRequest, ce_id: str, *, without: list[str] | tuple[()]) -> bytes:
    values = {**_values(request), "ce-id": ce_id}
    for name in without:
        del values[name]
    return "".join(f"{name}: {value}\r\n" for name, value in values.items()).encode()
