"""What a file of conversations holds, one entry after the other, in whatever shape it was written.

A file is JSON (one conversation, or a list of them) or JSON Lines (a conversation in each line, or our export: users,
and each thread followed by its messages). A conversation is `{"thread": {…}, "messages": […]}`, or a thread with
`messages` in it.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, Literal

import orjson

from .openai_lines import oldest_first

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Kind = Literal["export", "user", "thread", "message", "end", "export.end", "broken"]
"""`end` comes behind the last message of a thread where the shape of the file tells; an export has `export.end`."""

_KINDS: dict[object, Kind] = {
    "export": "export",
    "user": "user",
    "thread": "thread",
    "conversation": "thread",
    "export.end": "export.end",
    "message": "message",
    "thread.message": "message",
}
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that a file says, and where; of a `broken` one `said` is the reason."""

    place: str
    kind: Kind
    said: Any


class ConversationFile:
    """A JSON or JSON Lines file, also gzipped; `done` of `total` bytes are read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._raw: IO[bytes] | None = None
        self.total = path.stat().st_size

    @property
    def done(self) -> int:
        """How many bytes of the file were read."""
        return 0 if self._raw is None or self._raw.closed else self._raw.tell()

    def __iter__(self) -> Iterator[Entry]:
        with self._path.open("rb") as self._raw:
            zipped = self._raw.read(2) == _GZIP
            self._raw.seek(0)
            lines: Any = gzip.GzipFile(fileobj=self._raw) if zipped else self._raw
            yield from _entries(lines)


def _entries(lines: IO[bytes]) -> Iterator[Entry]:
    """JSON Lines if the first line is a whole JSON value, else one JSON value in many lines."""
    number = 0
    for number, line in enumerate(lines, 1):
        text = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
        if not text.strip():
            continue
        try:
            said = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            if number == 1:
                yield from _whole(text + lines.read())
                return
            yield _InputLine(f"line {number}").broken(f"not JSON: {error}")
        else:
            yield from _of(said, _InputLine(f"line {number}"))
    if not number:
        yield _InputLine().broken("is empty")


def _whole(text: bytes) -> Iterator[Entry]:
    try:
        said = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        yield _InputLine(f"line {error.lineno}").broken(f"not JSON: {error}")
        return
    yield from _of(said, _InputLine())


@dataclass(frozen=True, slots=True)
class _InputLine:
    """A line, and a path in what it says."""

    line: str = ""
    path: str = ""

    def __str__(self) -> str:
        return ", ".join(filter(None, (self.line, self.path))) or "the file"

    def member(self, index: int) -> _InputLine:
        return _InputLine(self.line, f"{self.path}[{index}]")

    def field(self, name: str) -> _InputLine:
        return _InputLine(self.line, f"{self.path}.{name}" if self.path else name)

    def holds(self, kind: Kind, said: Any) -> Entry:
        return Entry(str(self), kind, said)

    def broken(self, rule: str) -> Entry:
        return Entry(str(self), "broken", rule)


def _of(said: Any, place: _InputLine) -> Iterator[Entry]:
    match said:
        case list():
            for index, member in enumerate(said):
                yield from _of(member, place.member(index))
        case {"object": "list", "data": list(members)}:
            yield from _of(members, place.field("data"))
        case {"thread": dict(thread), "messages": messages, **more} if not more:
            yield place.field("thread").holds("thread", thread)
            yield from _messages(messages, place.field("messages"))
        case {"object": "thread" | "conversation", "messages": messages}:
            yield place.holds("thread", {key: value for key, value in said.items() if key != "messages"})
            yield from _messages(messages, place.field("messages"))
        case {"object": str(kind)} if kind in _KINDS:
            yield place.holds(_KINDS[kind], said)
        case _:
            yield place.broken('is neither {"thread": {…}, "messages": […]} nor a line of an export')


def _messages(said: Any, place: _InputLine) -> Iterator[Entry]:
    if isinstance(said, dict):
        said, place = said.get("data"), place.field("data")
    if not isinstance(said, list):
        yield place.broken("must be a list")
        return
    for index, message in oldest_first(said):
        yield place.member(index).holds("message", message)
    yield place.holds("end", None)
