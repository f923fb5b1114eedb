"""A sliding window over the text of a file: it grows to the largest value of the file, and never holds the whole file."""

from __future__ import annotations

import codecs
import re
from typing import Protocol

from .faults import DAMAGE, Unreadable

CHUNK = 1024 * 1024
_NARROW = 16 * 1024
_SPACE = re.compile(r"[ \t\r\n\x1e\ufeff]*")


class Readable(Protocol):
    """A file of bytes."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""


class TextWindow:
    """The text from `position` to the last character that was read. `fill` reads on, and drops the text before `position`."""

    def __init__(self, file: Readable, chunk: int = CHUNK) -> None:
        self._file = file
        self._chunk = chunk
        self._decoder = codecs.getincrementaldecoder("utf-8")("strict")
        self._lines = 1
        self._counted = 0
        self.text = ""
        self.position = 0
        self._at_end = False
        self._rest = ""
        """Text behind the window that was read already, from `_rest_begin` on."""
        self._rest_begin = 0
        self.damaged_text = False
        """Whether the file had bytes that are no text. They stand in the text as lone surrogates."""

    @property
    def ended(self) -> bool:
        """Whether the text goes to the end of the file."""
        return self._at_end and not self._rest

    @property
    def line(self) -> int:
        """The number of the line at `position`."""
        self._lines += self.text.count("\n", self._counted, self.position)
        self._counted = self.position
        return self._lines

    def fill(self) -> bool:
        """Read on, and drop the text before `position`. Returns False at the end of the file. Raises `Unreadable`."""
        if self.ended:
            return False
        added = self._more_of_rest() if self._rest else self._more_of_file()
        _ = self.line
        self.text = self.text[self.position :] + added
        self.position = self._counted = 0
        return not self.ended or bool(added)

    def _more_of_file(self) -> str:
        try:
            data = self._file.read(max(self._chunk, len(self.text) - self.position))
        except DAMAGE as error:
            self._at_end = True
            raise Unreadable(f"the rest of the file cannot be read: {error}") from None
        return self._decode(data)

    def _more_of_rest(self) -> str:
        begin = self._rest_begin
        self._rest_begin += max(_NARROW, len(self.text) - self.position)
        added = self._rest[begin : self._rest_begin]
        if self._rest_begin >= len(self._rest):
            self._rest, self._rest_begin = "", 0
        return added

    def narrow(self) -> None:
        """Make the window small. A fault costs as much time as the text before it: its line is counted from the beginning."""
        end = self.position + _NARROW
        if len(self.text) > 2 * _NARROW and end < len(self.text):
            _ = self.line
            self._rest = self.text[end:] + self._rest[self._rest_begin :]
            self._rest_begin = 0
            self.text = self.text[self.position : end]
            self.position = self._counted = 0

    def peek(self) -> str:
        """The next character that is no white space; `position` moves to it. Empty at the end of the file."""
        while True:
            found = _SPACE.match(self.text, self.position)
            if found is not None:
                self.position = found.end()
            if self.position < len(self.text):
                return self.text[self.position]
            if not self.fill():
                return ""

    def _decode(self, data: bytes) -> str:
        self._at_end = not data
        state = self._decoder.getstate()
        try:
            return self._decoder.decode(data, self._at_end)
        except UnicodeDecodeError:
            self._decoder.setstate(state)
            self._decoder.errors = "surrogateescape"
            self.damaged_text = True
            return self._decoder.decode(data, self._at_end)
