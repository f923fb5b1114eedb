"""JSON as RFC 8259 has it, refused where different readers understand it differently."""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import takewhile
from typing import Any, NoReturn

JsonPath = tuple[str | int, ...]
"""The steps from the whole to a value in it."""


class JsonRefused(ValueError):
    """The text is not JSON, or not JSON that everybody reads the same way; `place` leads to the value where there is one."""

    def __init__(self, rule: str, kind: str = "json_invalid", place: JsonPath = ()) -> None:
        super().__init__(rule)
        self.rule = rule
        self.kind = kind
        self.place = place


MOST_CONTAINERS = 500_000
"""Arrays and objects in one text: each costs far more than the two bytes that say it, and nobody else is answered meanwhile."""
# One without an end is a string too, or its end would be searched for from each of its quotes.
_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)


def decode(text: str) -> Any:
    """Read JSON; keys that occur twice, NaN, the infinities and a byte order mark raise `JsonRefused`."""
    # Brackets in strings are no containers, but strings are looked for only where there is reason to.
    if _brackets(text) > MOST_CONTAINERS and _brackets(_STRING.sub("", text)) > MOST_CONTAINERS:
        raise JsonRefused(f"holds more than {MOST_CONTAINERS:,} arrays and objects", "too_long")
    try:
        return _decoder.decode(text)
    except RecursionError as error:
        raise JsonRefused("is nested too deeply", "too_deep") from error
    except json.JSONDecodeError as error:
        raise JsonRefused(f"is not JSON: {error.msg} at character {error.pos}") from error
    except _ConstantFound as error:
        raise JsonRefused(f"{error} is not JSON", place=_place_of_unreadable(text)) from error
    except JsonRefused:
        raise
    except ValueError as error:
        raise JsonRefused("has too many digits", place=_place_of_unreadable(text)) from error


def _brackets(text: str) -> int:
    return text.count("[") + text.count("{")


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        counts = Counter(key for key, _ in pairs)
        twice = next(key for key, count in counts.items() if count > 1)
        raise JsonRefused(f"the key {twice!r} occurs twice in one object", "json_duplicate_key")
    return found


class _ConstantFound(ValueError):
    """NaN or an infinity, which Python's reader would take."""


def _no_constants(name: str) -> NoReturn:
    raise _ConstantFound(name)


_UNREADABLE = object()
_LONGEST_SEARCHED = 1024 * 1024
"""Characters. The search takes several times as long as the reading, and the process answers nobody else meanwhile."""


def _place_of_unreadable(text: str) -> JsonPath:
    """The path of the first number that was refused, for the error; the reader itself tells no path.

    The text is read a second time with marks in place of such numbers, so that only refused texts pay for the path.
    """
    if len(text) > _LONGEST_SEARCHED:
        return ()
    try:
        place = _place_in(_marking_decoder.decode(text)) or ()
    except (ValueError, RecursionError):  # something else is wrong with it too
        return ()
    return tuple(takewhile(lambda step: str(step).isprintable(), place))  # a lone surrogate is in no answer


def _place_in(value: Any) -> JsonPath | None:
    if value is _UNREADABLE:
        return ()
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, one in inside:
        if (place := _place_in(one)) is not None:
            return (step, *place)
    return None


def _mark_constant(_: str) -> object:
    return _UNREADABLE


def _mark_long(digits: str) -> object:
    try:
        return int(digits)
    except ValueError:
        return _UNREADABLE


_decoder = json.JSONDecoder(object_pairs_hook=_without_duplicates, parse_constant=_no_constants)
_marking_decoder = json.JSONDecoder(parse_constant=_mark_constant, parse_int=_mark_long)
