"""Reads the entries of a JSON or JSON Lines file of conversations.

A JSON file holds one conversation or a list of conversations. A JSON Lines file holds one conversation per line, or an
export of Threadkeep: users, then each thread followed by its messages. A conversation is
`{"thread": {…}, "messages": […]}`, or a thread with a field `messages`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, Literal

import orjson

from .bounded_lines import BoundedLines, Unreadable, parse
from .openai_lines import oldest_first

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Kind = Literal["export", "user", "thread", "message", "end", "export.end", "broken"]
"""`end` follows the last message of a thread if the shape of the file shows it. The last entry of an export is `export.end`."""

_KINDS: dict[object, Kind] = {
    "export": "export",
    "user": "user",
    "thread": "thread",
    "conversation": "thread",
    "export.end": "export.end",
    "message": "message",
    "thread.message": "message",
}
_DEEPEST_LIST = 8


@dataclass(frozen=True, slots=True)
class Entry:
    """One value of a file, and its location there. The `value` of a `broken` entry is the reason."""

    location: str
    kind: Kind
    value: Any


class ConversationFile:
    """The entries of a JSON or JSON Lines file, which may be gzipped; `done` of `total` bytes were read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._raw: IO[bytes] | None = None
        self.total = path.stat().st_size

    @property
    def done(self) -> int:
        """The number of bytes that were read."""
        return 0 if self._raw is None or self._raw.closed else self._raw.tell()

    def __iter__(self) -> Iterator[Entry]:
        with self._path.open("rb") as self._raw:
            yield from _entries(BoundedLines(self._raw))


def _entries(lines: BoundedLines) -> Iterator[Entry]:
    """Read JSON Lines if the first line is a complete JSON value, else one JSON value over many lines."""
    number = 0
    for number, line in enumerate(lines, 1):
        location = _Location(f"line {number}")
        if isinstance(line, Unreadable):
            yield location.broken(str(line))
            continue
        text = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
        if not text.strip():
            continue
        try:
            value = parse(text)
        except Unreadable as error:
            yield location.broken(str(error))
        except orjson.JSONDecodeError as error:
            if number == 1 and text.endswith(b"\n"):
                yield from _whole_file(lines, text)
                return
            yield location.broken(f"not JSON: {error}")
        else:
            yield from _entries_of(value, location)
    if not number:
        yield _Location().broken("is empty")


def _whole_file(lines: BoundedLines, begin: bytes) -> Iterator[Entry]:
    try:
        value = parse(lines.rest(begin))
    except Unreadable as error:
        yield _Location().broken(str(error))
    except orjson.JSONDecodeError as error:
        yield _Location(f"line {error.lineno}").broken(f"not JSON: {error}")
    else:
        yield from _entries_of(value, _Location())


@dataclass(frozen=True, slots=True)
class _Location:
    """A line of the file, and the path of a value in that line."""

    line: str = ""
    path: str = ""

    def __str__(self) -> str:
        return ", ".join(filter(None, (self.line, self.path))) or "the file"

    def member(self, index: int) -> _Location:
        return _Location(self.line, f"{self.path}[{index}]")

    def field(self, name: str) -> _Location:
        return _Location(self.line, f"{self.path}.{name}" if self.path else name)

    def entry(self, kind: Kind, value: Any) -> Entry:
        return Entry(str(self), kind, value)

    def broken(self, rule: str) -> Entry:
        return Entry(str(self), "broken", rule)


def _entries_of(value: Any, location: _Location, depth: int = 0) -> Iterator[Entry]:
    match value:
        case list() | {"object": "list", "data": list()} if depth == _DEEPEST_LIST:
            yield location.broken(f"lists are nested in more than {_DEEPEST_LIST} levels")
        case list():
            for index, member in enumerate(value):
                yield from _entries_of(member, location.member(index), depth + 1)
        case {"object": "list", "data": list(members)}:
            yield from _entries_of(members, location.field("data"), depth + 1)
        case {"thread": dict(thread), "messages": messages, **more} if not more:
            yield location.field("thread").entry("thread", thread)
            yield from _messages(messages, location.field("messages"))
        case {"object": "thread" | "conversation", "messages": messages}:
            yield location.entry("thread", {name: field for name, field in value.items() if name != "messages"})
            yield from _messages(messages, location.field("messages"))
        case {"object": str(kind)} if kind in _KINDS:
            yield location.entry(_KINDS[kind], value)
        case _:
            yield location.broken('is neither {"thread": {…}, "messages": […]} nor a line of an export')


def _messages(value: Any, location: _Location) -> Iterator[Entry]:
    if isinstance(value, dict):
        value, location = value.get("data"), location.field("data")
    if not isinstance(value, list):
        yield location.broken("must be a list")
        return
    for index, message in oldest_first(value):
        yield location.member(index).entry("message", message)
    yield location.entry("end", None)
