"""The values of a JSON file: of an array, its elements; of JSON Lines, the lines; of one object, the object or its members."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .bounds import COMMAND_BOUNDS
from .faults import DAMAGE, Unreadable
from .json_window import JsonWindow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .bounds import ValueBounds
    from .members import Member
    from .sample import Sample


_SHOWN = 200
"""The characters of the names of files and members that locations show: each value has a location."""


@dataclass(frozen=True, slots=True)
class Item:
    """One value of a file and its location there, or why it cannot be read (`fault`).

    In a file whose objects are opened, `keys` has the key of the member, and the index in the array of that member. `number`
    counts the values of the file.
    """

    location: str
    value: Any = None
    fault: str | None = None
    number: int = 0
    keys: tuple[str | int, ...] = ()


class JsonFile:
    """A file of JSON values. `replaced` counts the characters that were no valid Unicode."""

    def __init__(
        self, member: Member, sample: Sample, *, named: bool = False, bounds: ValueBounds = COMMAND_BOUNDS
    ) -> None:
        self.member = member
        self.shape = sample.shape()
        self.bounds = bounds
        self.replaced = 0
        self._recovers = False
        """Whether a value of the file was no JSON. Then the rest of an array may follow without its beginning."""
        self._prefix = f"{member.name[:_SHOWN]}, " if named else ""

    @contextmanager
    def _window(self) -> Iterator[JsonWindow]:
        with self.member.open() as file:
            yield JsonWindow(file, self.bounds)

    def items(self, *, opened: bool = False) -> Iterator[Item]:
        """Read the values one by one. With `opened`, objects of the file are read member by member, arrays in them too.

        A value that cannot be read is an item with a fault. If the rest of the file cannot be read, the last item says so.
        """
        try:
            with self._window() as window:
                number = 0
                while window.peek():
                    number += 1
                    if self._recovers:
                        window.pass_over(",]}")
                    yield from self._value(window, number, opened=opened)
        except DAMAGE as error:
            yield Item(f"{self._prefix}the end of the file", fault=f"the rest of the file cannot be read: {error}")

    def _value(self, window: JsonWindow, number: int, *, opened: bool) -> Iterator[Item]:
        location = f"{self._prefix}line {window.line}"
        first = window.peek()
        try:
            if first == "[":
                yield from self._elements(window, number)
            elif first == "{" and opened:
                yield from self._members(window, location, number)
            else:
                yield self._read(window, location, number)
        except Unreadable as error:
            yield Item(location, fault=str(error), number=number)
            window.skip_to_next_line_with_value()
            self._recovers = True

    def _elements(self, window: JsonWindow, number: int, key: str = "") -> Iterator[Item]:
        shown = key[:_SHOWN]
        for index in window.items():
            path = f"{self._prefix}line {window.line}, {shown}[{index}]"
            item = self._read_or_skip(window, path, number, (key, index) if key else ())
            yield item
            if item.fault is not None and not window.peek():
                return

    def _members(self, window: JsonWindow, location: str, number: int) -> Iterator[Item]:
        for key in window.members():
            place = f"{location}, {key[:_SHOWN]}"
            if window.peek() == "[":
                yield Item(place, number=number, keys=(key,))
                yield from self._elements(window, number, key)
            else:
                yield self._read_or_skip(window, place, number, (key,))

    def _read_or_skip(self, window: JsonWindow, location: str, number: int, keys: tuple[str | int, ...]) -> Item:
        try:
            return self._read(window, location, number, keys)
        except Unreadable as error:
            window.skip()
            return Item(location, fault=str(error), number=number, keys=keys)

    def _read(self, window: JsonWindow, location: str, number: int, keys: tuple[str | int, ...] = ()) -> Item:
        found = window.value()
        self.replaced += found.replaced
        return Item(location, found.value, number=number, keys=keys)
