"""Counts the keys and values of a JSON text before it is read, because each takes memory."""

from __future__ import annotations

import re

# A string without an end also matches. Otherwise the search for an end would start again at each of its quotes. The
# repetitions are possessive (`*+`), so that the search keeps no list of the places where it could go back to.
IN_STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?'
_STRING = re.compile(IN_STRING, re.DOTALL)
_SEGMENT = re.compile(rf'(?:[^"]++|{IN_STRING}){{1,2000}}+', re.DOTALL)
_FEW = 1000


def has_at_most(text: str, max_elements: int) -> bool:
    """Whether a JSON text has at most so many keys and values."""
    # The simple count includes characters in strings. So the exact count is only made if the simple count is too high.
    return sum(map(text.count, ",:[{")) <= max_elements or _elements(text, max_elements) <= max_elements


def elements_of(text: bytes) -> int:
    """The number of keys and values of a JSON text. For a short text, the characters in its strings count too."""
    simple = sum(map(text.count, (b",", b":", b"[", b"{")))
    return simple if simple <= _FEW else _elements(text.decode(errors="replace"), simple)


def _elements(text: str, most: int) -> int:
    """The number of keys and values. Stops counting above `most`.

    The text is read in segments, so that the copies without strings stay small.
    """
    found = start = 0
    while found <= most and (segment := _SEGMENT.match(text, start)):
        marks = _STRING.sub("0", segment[0])
        empty = marks.count("[]") + marks.count("{}")
        found += sum(map(marks.count, ",:[{")) - empty
        start = segment.end()
    return found
