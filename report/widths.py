"""The widths of texts in drawings, and texts that are cut to a width.

The drawing library could cut texts too, but it cuts some characters in half and then fails.
"""

from __future__ import annotations

import unicodedata
from functools import cache

from ..escaping import visible

_NARROW = frozenset("iljtfr.,:;'|!()[]{}` ")
_WIDE = frozenset("mwMW@%&\N{EM DASH}…→")
_MOST = 400


def cut(text: str, width: float) -> str:
    """Return the text, or its beginning with an ellipsis if it is wider than `width` pixels."""
    text = visible(text, _MOST)
    if width_of(text) <= width:
        return text
    room = width - width_of("…")
    end = 0
    while end < len(text) and (room := room - _width(text[end])) >= 0:
        end += 1
    return f"{text[:end]}…"


def name_and_count(name: str, count: str, width: float) -> str:
    """Return a name with a count, such as `asst_1 · 5 answers`. The name is cut if both together are too wide."""
    count = f" \N{MIDDLE DOT} {count}"
    return cut(name, width - width_of(count)) + count


def width_of(text: str) -> float:
    """Return the width of the text at 12 pixels, rather too much than too little."""
    return sum(map(_width, text))


@cache
def _width(character: str) -> float:
    if character in _NARROW:
        return 4.5
    if character in _WIDE:
        return 12
    if unicodedata.east_asian_width(character) in "WF" or not character.isascii():
        return 16
    return 8.7 if character.isupper() else 7
