"""Mends values that were read: lone surrogates become U+FFFD, and MongoDB Extended JSON becomes plain JSON."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from .faults import Unreadable

_NO_TEXT = re.compile("[\udc80-\udcff]")
_TEXTS = frozenset({"$oid", "$uuid", "$numberDecimal"})
_NUMBERS: dict[str, type[int | float]] = {"$numberInt": int, "$numberLong": int, "$numberDouble": float}


def mend(value: Any, text: str, begin: int, end: int, *, damaged: bool = False) -> tuple[Any, int]:
    """Return the value of `text[begin:end]`, mended where it needs to be, and how many characters were replaced.

    Raises `Unreadable` if the text holds bytes that are no text, which `damaged` files have.
    """
    if damaged and _NO_TEXT.search(text, begin, end):
        raise Unreadable("holds bytes that are not UTF-8")
    counter = _Surrogates()
    try:
        if text.find('"$', begin, end) >= 0:
            value = _plain(value)
        if text.find("\\ud", begin, end) >= 0 or text.find("\\uD", begin, end) >= 0:
            value = counter.mended(value)
    except RecursionError:
        raise Unreadable("is nested too deeply") from None
    return value, counter.replaced


class _Surrogates:
    """Replaces lone surrogates, and counts them."""

    def __init__(self) -> None:
        self.replaced = 0

    def mended(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, list):
            return [self.mended(member) for member in value]
        if isinstance(value, dict):
            return {self._text(key): self.mended(member) for key, member in value.items()}
        return value

    def _text(self, text: str) -> str:
        try:
            text.encode()
        except UnicodeEncodeError:
            mended = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
            self.replaced += mended.count("\ufffd") - text.count("\ufffd")
            return mended
        return text


def _plain(value: Any) -> Any:
    """The value without Extended JSON: ids and numbers as themselves, dates in ISO 8601."""
    if isinstance(value, list):
        return [_plain(member) for member in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        [(key, inner)] = value.items()
        if key in _TEXTS and isinstance(inner, str):
            return inner
        if key in _NUMBERS:
            return _number(value, _NUMBERS[key], inner)
        if key == "$date":
            return _date(inner, value)
    return {key: _plain(member) for key, member in value.items()}


def _number(value: Any, kind: Any, inner: Any) -> Any:
    try:
        return kind(inner)
    except (TypeError, ValueError):
        return value


def _date(inner: Any, value: Any) -> Any:
    inner = _plain(inner)
    if isinstance(inner, str):
        return inner
    if type(inner) is not int:
        return value
    try:
        return datetime.fromtimestamp(inner / 1000, UTC).isoformat()
    except (OverflowError, OSError, ValueError):
        return value
