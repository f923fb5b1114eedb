"""Counters of tokens: functions that take a text and return its number of tokens.

`estimate` needs no vocabulary. It counts the pieces into which most vocabularies cut a text. A piece is up to six Latin
letters, three digits, two signs, two Greek or Cyrillic letters, or one character of another script. `docs/context.md` states
its error.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..errors import InvalidInput
from ..stored_json import as_json
from .encodings import NAMES as ENCODINGS
from .encodings import encoding_counter

if TYPE_CHECKING:
    from collections.abc import Iterable

Counter = Callable[[str], int]
TOKENS_OF_OBJECT = 4
"""The tokens of each message, part and call beside its texts."""
TOKENS_OF_IMAGE = 1600
"""The tokens of an image of any size."""
# A space before a letter or a digit costs nothing. It stands in the pattern because a search that finds nothing there is slow.
_PIECES = re.compile(
    r" ?[A-Za-z]{1,6}| ?[0-9]{1,3}|[!-/:-@\[-`{-~]{1,2}|[\u0370-\u052f]{1,2}|\s{2,}|[\n\x00-\x08\x0e-\x1f\x7f]|[^\s\x00-\x7f]"
)
_SEGMENT = 64 * 1024
"""A longer text is counted in segments of so many characters. A word that is cut there may count as one token more."""
_ACCENTED = re.compile("[\u00c0-\u024f]")
_EAST_ASIAN = re.compile("[\u2e80-\ufaff\uff00-\uffef]")
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_IMAGES = frozenset({"image_url", "input_image", "image"})
_NOT_COUNTED = frozenset({"type", "role", "detail", "media_type"})


def estimate(text: str, *, segment: int = _SEGMENT) -> int:
    """The estimated tokens of a text. It is usually higher than the number of a real tokenizer, and seldom a fifth lower."""
    if len(text) > segment:  # a list of all pieces would take much memory, and all other threads would wait for it
        parts = (text[start : start + segment] for start in range(0, len(text), segment))
        return sum(estimate(part, segment=segment) for part in parts)
    count = len(_PIECES.findall(text))
    if text.isascii():
        return count
    accented, east_asian = len(_ACCENTED.findall(text)), len(_EAST_ASIAN.findall(text))
    return count + 2 * accented + 2 * len(_ASTRAL.findall(text)) + -(-east_asian * 3 // 20)


def utf8_bytes(text: str) -> int:
    """The bytes of a text. No tokenizer that works on bytes makes more tokens, so this is a safe bound."""
    return len(text.encode(errors="surrogatepass"))


COUNTERS: dict[str, Counter] = {"estimate": estimate, "bytes": utf8_bytes}
"""The counters that have a name and need no other package. Requests over HTTP choose one of them, or an encoding."""


def counter_of(counter: Counter | str) -> Counter:
    """The counter of a name, or the function itself. Raises `InvalidInput`."""
    if callable(counter):
        return counter
    if isinstance(counter, str) and counter in ENCODINGS:
        return encoding_counter(counter)
    found = COUNTERS.get(counter) if isinstance(counter, str) else None
    if found is None:
        raise InvalidInput.at(
            "counter", f"must be a function or one of: {', '.join(sorted([*COUNTERS, *ENCODINGS]))}", "enum"
        )
    return found


def count_tokens(messages: Iterable[dict[str, Any]], counter: Counter) -> int:
    """The tokens of rendered messages: of all their texts, and a fixed number for each object and each image."""
    return TokenCount(counter, {}).of([*messages])


class TokenCount:
    """Counts rendered messages, each text once."""

    def __init__(self, counter: Counter, counted: dict[str, int]) -> None:
        """`counted` has the tokens of texts that were counted before. Newly counted texts are added to it."""
        self._counter, self._counted = counter, counted

    def of(self, value: Any) -> int:
        """The tokens of rendered messages, or of a part of them."""
        if isinstance(value, str):
            return self._text(value) if value else 0
        if isinstance(value, list):
            return sum([self.of(member) for member in value])
        if isinstance(value, dict):
            return self._object(value)
        return 0 if value is None else 1

    def _object(self, value: dict[str, Any]) -> int:
        kind = value.get("type")
        if kind in _IMAGES:
            return TOKENS_OF_IMAGE
        if kind == "tool_use":
            arguments = as_json(value["input"]).decode()
            return TOKENS_OF_OBJECT + self.of([value["id"], value["name"], arguments])
        total = TOKENS_OF_OBJECT
        for name, inner in value.items():
            if name not in _NOT_COUNTED:
                total += self._text(inner) if isinstance(inner, str) and inner else self.of(inner)
        return total

    def _text(self, text: str) -> int:
        found = self._counted.get(text)
        if found is None:
            found = self._counted[text] = _checked(self._counter(text))
        return found


def _checked(count: Any) -> int:
    if isinstance(count, bool) or not isinstance(count, int) or count < 0:
        raise InvalidInput.at("counter", f"must return a whole number that is not negative, not {count!r}")
    return count
