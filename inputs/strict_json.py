"""A strict JSON reader: RFC 8259, without texts that different readers understand differently."""

from __future__ import annotations

import json
from collections import Counter
from itertools import takewhile
from typing import Any, NoReturn

from ..json_elements import has_at_most

JsonPath = tuple[str | int, ...]
"""The keys and indexes that lead from the whole text to one value in it."""


class JsonRefused(ValueError):
    """The text is not JSON, or different readers would read it differently. `path` leads to the refused value, if known."""

    def __init__(self, rule: str, kind: str = "json_invalid", path: JsonPath = ()) -> None:
        super().__init__(rule)
        self.rule = rule
        self.kind = kind
        self.path = path


MOST_ELEMENTS = 500_000
"""The most keys and values in one text, unless the caller allows fewer. Each may take 90 bytes of memory."""
_MOST_CHARACTERS_SHOWN = 100


def decode(text: str, max_elements: int = MOST_ELEMENTS) -> Any:
    """The value of a JSON text. Raises `JsonRefused` for invalid JSON, repeated keys, NaN, infinities and a byte order mark.

    Also refuses a text with more than `max_elements` keys and values, before it takes the memory for them.
    """
    if not has_at_most(text, max_elements):
        raise JsonRefused(f"holds more than {max_elements:,} keys and values", "too_long")
    return read(text, _decoder)


def read(text: str, decoder: json.JSONDecoder) -> Any:
    """The value of a JSON text, read by this decoder. Raises `JsonRefused`."""
    try:
        return decoder.decode(text)
    except RecursionError as error:
        raise JsonRefused("is nested too deeply", "too_deep") from error
    except json.JSONDecodeError as error:
        raise JsonRefused(f"is not JSON: {error.msg} at character {error.pos}") from error
    except _ConstantFound as error:
        raise JsonRefused(f"{error} is not JSON", path=_path_of_unreadable(text)) from error
    except JsonRefused:
        raise
    except ValueError as error:
        raise JsonRefused("has too many digits", path=_path_of_unreadable(text)) from error


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        counts = Counter(key for key, _ in pairs)
        twice = next(key for key, count in counts.items() if count > 1)
        raise JsonRefused(f"the key {_shown(twice)} occurs twice in one object", "json_duplicate_key")
    return found


def _shown(key: str) -> str:
    """The key in quotes. A long key is cut."""
    return repr(key) if len(key) <= _MOST_CHARACTERS_SHOWN else f"{key[:_MOST_CHARACTERS_SHOWN]!r}…"


class _ConstantFound(ValueError):
    """The text holds NaN or an infinity, which Python's reader would accept."""


def no_constants(name: str) -> NoReturn:
    """Refuse NaN or an infinity: the `parse_constant` of a decoder for `read`."""
    raise _ConstantFound(name)


_UNREADABLE = object()
LARGEST_EXACT, _INT64 = 2**53, 2**63
_LONGEST_SEARCHED = 1024 * 1024
"""The most characters to search. The search blocks the process and takes several times as long as reading the text."""


def _path_of_unreadable(text: str) -> JsonPath:
    """The path of the first number or constant that was refused. `json` itself gives no path.

    This reads the text a second time, with marks in place of such values. So only refused texts pay for the path.
    """
    if len(text) > _LONGEST_SEARCHED:
        return ()
    try:
        path = _path_in(_marking_decoder.decode(text)) or ()
    except (ValueError, RecursionError):  # the text has another error too
        return ()
    return tuple(takewhile(lambda step: str(step).isprintable(), path))  # no response can contain a lone surrogate


def _path_in(value: Any) -> JsonPath | None:
    if value is _UNREADABLE:
        return ()
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, one in inside:
        if (path := _path_in(one)) is not None:
            return (step, *path)
    return None


def _mark_constant(_: str) -> object:
    return _UNREADABLE


def _mark_long(digits: str) -> object:
    try:
        return int(digits)
    except ValueError:
        return _UNREADABLE


def number_of(text: str) -> float | int:
    """The number of a text with a fraction or an exponent: a double, or an integer if no double has this value."""
    number = float(text)
    if not LARGEST_EXACT <= abs(number) <= _INT64:
        return number
    mantissa, _, exponent = text.lower().partition("e")
    whole, _, fraction = mantissa.lstrip("-").partition(".")
    point = len(whole) + int(exponent or 0)
    digits = (whole + fraction).ljust(point, "0")
    if digits[point:].strip("0"):
        return number
    exact = int(digits[:point].lstrip("0"))
    signed = -exact if number < 0 else exact
    return number if number == signed or exact >= _INT64 else signed


_decoder = json.JSONDecoder(object_pairs_hook=_without_duplicates, parse_constant=no_constants, parse_float=number_of)
_marking_decoder = json.JSONDecoder(parse_constant=_mark_constant, parse_int=_mark_long)
