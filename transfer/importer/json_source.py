"""Reads the entries of Threadkeep's own files: JSON or JSON Lines.

A JSON file holds one conversation or a list of conversations. A JSON Lines file holds one conversation per line, or an
export of Threadkeep: users, then each thread followed by its messages. A conversation is
`{"thread": {…}, "messages": […]}`, or a thread with a field `messages`.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter
from typing import IO, TYPE_CHECKING, Any

import orjson

from .conversations import CUT_LIST, ORDER_ASSUMED, TIMES_FALL, Listed, never_falls, oldest_first, times_of
from .entries import FileEntry, Kind
from .reading import BoundedLines, Unreadable, parse_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .reading import JsonFile, Sample, ValueBounds

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
_PAGE = frozenset({"object", "data"})


def recognise_native(sample: Sample) -> float:
    """How surely a file that begins like this is one of Threadkeep's own, from 0 to 1."""
    if any(item.get("object") == "export" for item in sample.objects()):
        return 1
    whole = sample.share(lambda item: item.keys() == {"thread", "messages"} and "data" not in item)
    share = sample.share(lambda item: item.get("object") in _KINDS or item.keys() == _PAGE)
    return max(0.97 if whole else 0, 0.5 * share)


def native_entries(file: JsonFile) -> Iterator[FileEntry]:
    """The entries of a file. JSON Lines are read line by line, other JSON value by value."""
    if file.shape.has_lines:
        with file.member.open() as opened:
            yield from _entries(opened, file.bounds)
        return
    for item in file.items():
        location = _Location(item.location)
        yield from (_entries_of(item.value, location) if item.fault is None else iter((location.broken(item.fault),)))


def _entries(opened: IO[bytes], bounds: ValueBounds) -> Iterator[FileEntry]:
    number = 0
    for number, line in enumerate(BoundedLines(opened, bounds.characters), 1):
        location = _Location(f"line {number}")
        if isinstance(line, Unreadable):
            yield location.broken(str(line))
            continue
        if not line.strip():
            continue
        try:
            value = parse_json(line, bounds.elements)
        except Unreadable as error:
            yield location.broken(str(error))
        except orjson.JSONDecodeError as error:
            yield location.broken(f"not JSON: {error}")
        else:
            yield from _entries_of(value, location)
    if not number:
        yield _Location().broken("is empty")


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

    def entry(self, kind: Kind, value: Any) -> FileEntry:
        return FileEntry(str(self), kind, value)

    def broken(self, rule: str) -> FileEntry:
        return FileEntry(str(self), "broken", rule)


def _entries_of(value: Any, location: _Location, depth: int = 0) -> Iterator[FileEntry]:
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


def _messages(value: Any, location: _Location) -> Iterator[FileEntry]:
    is_page = isinstance(value, dict)
    if isinstance(value, dict):
        if value.get("has_more") is True:
            yield location.entry("note", CUT_LIST)
        value, location = value.get("data"), location.field("data")
    if not isinstance(value, list):
        yield location.broken("must be a list")
        return
    ordered = list(enumerate(value))
    if value and all(isinstance(one, dict) and one.get("object") == "thread.message" for one in value):
        ordered, assumed = oldest_first([Listed(ordered, is_page)], itemgetter(1))
        if assumed:
            yield location.entry("note", ORDER_ASSUMED)
    elif never_falls(falling := times_of(reversed(value))) and len(set(falling)) > 1:
        yield location.entry("note", TIMES_FALL)
    for index, message in ordered:
        yield location.member(index).entry("message", message)
    yield location.entry("end", None)
