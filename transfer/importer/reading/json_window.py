"""Reads JSON values one after the other from a file of any size, with the memory of the largest value."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ....json_elements import has_at_most
from .bounds import COMMAND_BOUNDS
from .faults import Unreadable
from .mending import mend
from .text_window import CHUNK, TextWindow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .bounds import ValueBounds
    from .text_window import Readable

_FEW_CHARACTERS = 1024 * 1024 - 1
"""A value of fewer characters cannot take much memory."""
_OUTSIDE = re.compile(r'[\[\]{}"]')
_IN_STRING = re.compile(r'["\\]')
_SCALAR_END = re.compile(r"[,\]}\s]")
_NEXT_VALUE = re.compile(r"\n[{\[]")
_IN_NUMBER = re.compile(r"[-+.0-9eE]*")
_NEAR_END = 16
_decoder = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Mended:
    """A value that was read, and how many characters of it were replaced because they are no valid Unicode."""

    value: Any
    replaced: int = 0


class JsonWindow:
    """A position in a JSON text. Each method reads on from there.

    A value that cannot be read raises `Unreadable`; then `skip` moves behind it.
    """

    def __init__(self, file: Readable, bounds: ValueBounds = COMMAND_BOUNDS, chunk: int = CHUNK) -> None:
        self._window = TextWindow(file, chunk)
        self._bounds = bounds

    @property
    def line(self) -> int:
        """The number of the line of the position."""
        return self._window.line

    def peek(self) -> str:
        """The character with which the next value begins. Empty at the end of the file."""
        return self._window.peek()

    def value(self) -> Mended:
        """Read the next value."""
        window = self._window
        if not window.peek():
            raise Unreadable("the file ends where a value should be")
        while True:
            try:
                value, end = _decoder.raw_decode(window.text, window.position)
            except json.JSONDecodeError as error:
                if not self._may_be_complete_later(error):
                    raise self._invalid(error) from None
            except RecursionError:
                raise Unreadable("is nested too deeply") from None
            except ValueError:
                raise Unreadable("has a number of too many digits") from None
            else:
                if not self._may_go_on(value, end) or not window.fill():
                    return self._take(value, end)
                continue
            self._require_bounds()
            window.fill()  # at the end of the file, the next try raises

    def _take(self, value: Any, end: int) -> Mended:
        window = self._window
        begin, window.position = window.position, end
        return Mended(*mend(value, window.text, begin, end, damaged=window.damaged_text))

    def _may_be_complete_later(self, error: json.JSONDecodeError) -> bool:
        near_end = error.pos >= len(self._window.text) - _NEAR_END
        return not self._window.ended and (near_end or error.msg.startswith("Unterminated string"))

    def _may_go_on(self, value: Any, end: int) -> bool:
        """Whether the value is a number whose other digits may follow in the file."""
        if value is None or isinstance(value, (str, list, dict, bool)):
            return False
        found = _IN_NUMBER.match(self._window.text, end)
        return found is not None and found.end() == len(self._window.text)

    def _invalid(self, error: json.JSONDecodeError) -> Unreadable:
        window = self._window
        at_end = error.pos >= len(window.text.rstrip()) or error.msg.startswith("Unterminated string")
        if window.ended and at_end:
            return Unreadable("the file was cut off in this value")
        line = window.line + window.text.count("\n", window.position, error.pos)
        window.narrow()
        return Unreadable(f"not JSON: {error.msg}, at line {line}")

    def _require_bounds(self) -> None:
        window = self._window
        size = len(window.text) - window.position
        most = self._bounds
        if size > most.characters:
            raise Unreadable(f"holds more than {most.characters:,} characters")
        if size > _FEW_CHARACTERS and not has_at_most(window.text[window.position :], most.elements):
            raise Unreadable(f"holds more than {most.elements:,} keys and values")

    def items(self) -> Iterator[int]:
        """Move to each element of the array that begins here, and yield its index. The caller reads or skips it."""
        self._begin("[")
        index = 0
        while self._more("]", first=index == 0):
            yield index
            index += 1

    def members(self) -> Iterator[str]:
        """Move to each value of the object that begins here, and yield its key. The caller reads or skips the value."""
        self._begin("{")
        first = True
        while self._more("}", first=first):
            first = False
            key = self.value().value
            if not isinstance(key, str) or self._window.peek() != ":":
                raise Unreadable("not JSON: an object needs keys and values")
            self._window.position += 1
            self._window.peek()
            yield key

    def _begin(self, bracket: str) -> None:
        if self._window.peek() != bracket:
            raise Unreadable(f"not JSON: {bracket} is missing")
        self._window.position += 1

    def _more(self, end: str, *, first: bool) -> bool:
        """Move to the next member, or behind the end. Returns whether there is a next member."""
        found = self._window.peek()
        if found == end:
            self._window.position += 1
            return False
        if not found:
            raise Unreadable("the file was cut off here")
        if first:
            return True
        if found != ",":
            raise Unreadable(f"not JSON: a comma is missing, at line {self.line}")
        self._window.position += 1
        if self._window.peek() == end:  # other writers leave a comma behind the last member
            self._window.position += 1
            return False
        return True

    def pass_over(self, characters: str) -> None:
        """Move behind white space and these characters."""
        while (found := self._window.peek()) and found in characters:
            self._window.position += 1

    def skip(self) -> None:
        """Move behind the next value, which may be of any size and need not be valid inside."""
        window = self._window
        first = window.peek()
        if first not in "[{" or not first:
            self._skip_scalar(first)
            return
        depth = 0
        while found := self._find(_OUTSIDE):
            if found == '"':
                self._skip_string()
            elif found in "[{":
                depth += 1
            else:
                depth -= 1
                if depth == 0:
                    return

    def skip_to_next_line_with_value(self) -> None:
        """Move to the next line that begins with a bracket: there begins the next value of the file."""
        while not (found := _NEXT_VALUE.search(self._window.text, self._window.position)):
            self._window.position = max(self._window.position, len(self._window.text) - 1)
            if not self._window.fill():
                self._window.position = len(self._window.text)
                return
        self._window.position = found.start() + 1

    def _skip_scalar(self, first: str) -> None:
        if first == '"':
            self._window.position += 1
            self._skip_string()
        elif self._find(_SCALAR_END):
            self._window.position -= 1
        else:
            self._window.position = len(self._window.text)

    def _skip_string(self) -> None:
        while (found := self._find(_IN_STRING)) == "\\":
            if self._window.position < len(self._window.text) or self._window.fill():
                self._window.position += 1
        if not found:
            self._window.position = len(self._window.text)

    def _find(self, pattern: re.Pattern[str]) -> str:
        """Move behind the next match of one character, and return it. Empty if the file ends before."""
        while not (found := pattern.search(self._window.text, self._window.position)):
            self._window.position = len(self._window.text)
            if not self._window.fill():
                return ""
        self._window.position = found.end()
        return found[0]
