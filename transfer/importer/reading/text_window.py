"""A sliding window over the text of a file: it grows to the largest value of the file, and never holds the whole file."""

from __future__ import annotations

import codecs
import re
from typing import Protocol

from .faults import DAMAGE, Unreadable

CHUNK = 1024 * 1024
_SPACE = re.compile(r"[ \t\r\n\x1e\ufeff]*")


class Readable(Protocol):
    """A file of bytes."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""


class TextWindow:
    """The text between `position` and the end of what was read so far. `fill` reads on and drops what was passed."""

    def __init__(self, file: Readable, chunk: int = CHUNK) -> None:
        self._file = file
        self._chunk = chunk
        self._decoder = codecs.getincrementaldecoder("utf-8")("strict")
        self._lines = 1
        self._counted = 0
        self.text = ""
        self.position = 0
        self.ended = False
        self.damaged_text = False
        """Whether bytes were met that are no text. They stand in the text as lone surrogates."""

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
        try:
            data = self._file.read(max(self._chunk, len(self.text) - self.position))
        except DAMAGE as error:
            self.ended = True
            raise Unreadable(f"the rest of the file cannot be read: {error}") from None
        added = self._decode(data)
        _ = self.line
        self.text = self.text[self.position :] + added
        self.position = self._counted = 0
        return not self.ended or bool(added)

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
        self.ended = not data
        state = self._decoder.getstate()
        try:
            return self._decoder.decode(data, self.ended)
        except UnicodeDecodeError:
            self._decoder.setstate(state)
            self._decoder.errors = "surrogateescape"
            self.damaged_text = True
            return self._decoder.decode(data, self.ended)
