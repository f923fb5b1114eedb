"""Reads large JSON with the same rules as `strict_json.py`, and with less memory.

Python keeps a text with one astral character in 4 bytes for each character. `json` needs the whole body as such a text
beside its values: nine or ten times the body. Pydantic's reader takes the bytes and makes only the values. It accepts
repeated keys and explains errors in other words. So keys are counted, and errors are found in an outline of the body.
"""

from __future__ import annotations

import codecs
import json
import re
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json

from ..json_elements import IN_STRING
from .strict_json import LARGEST_EXACT, MOST_ELEMENTS, JsonRefused, decode, no_constants, number_of, read

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MARKS = (b",", b":", b"[", b"{")
_STRING = re.compile(IN_STRING.encode(), re.DOTALL)
_PIECE = 64 * 1024
_TO_ASCII = bytes(min(byte, ord("?")) if byte >= 0x80 else byte for byte in range(256))  # noqa: PLR2004 - the end of ASCII
_CONTINUATIONS = bytes(range(0x80, 0xC0))
_number_decoder = json.JSONDecoder(object_pairs_hook=list, parse_float=number_of)
_outline_decoder = json.JSONDecoder(parse_constant=no_constants)


def decode_bytes(body: bytes, max_elements: int = MOST_ELEMENTS, *, large_bytes: int = 512 * 1024) -> Any:
    """The value of JSON in UTF-8. Raises like `decode`, and `UnicodeDecodeError`. Smaller bodies are read by `decode`."""
    if len(body) < large_bytes or (body.isascii() and b"\\u" not in body):
        return decode(body.decode(), max_elements)
    if sum(map(body.count, _MARKS)) > max_elements:
        *counts, arrays, objects = _outside_strings(body, (*_MARKS, b"[]", b"{}"), max_elements)
        if sum(counts) - arrays - objects > max_elements:
            raise _too_long(max_elements)
    (pairs,) = _outside_strings(body, (b":",), max_elements)
    try:
        value = from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise _refusal(body, str(error)) from error
    if sum(len(one) for one in _containers(value) if isinstance(one, dict)) < pairs:
        raise JsonRefused("a key occurs twice in one object", "json_duplicate_key")
    if any(map(_has_large_float, _containers(value))):
        _copy_numbers(read(_outline(body), _number_decoder), value)
    return value


def _outside_strings(body: bytes, marks: Sequence[bytes], most: int) -> list[int]:
    """How often each mark occurs outside of strings. Makes no copy of the body.

    Raises `JsonRefused` if there are more than `most` strings.
    """
    counts = [*map(body.count, marks)]
    if any(counts):
        for number, string in enumerate(_STRING.finditer(body)):
            if number > most:
                raise _too_long(most)
            for index, mark in enumerate(marks):
                counts[index] -= body.count(mark, *string.span())
    return counts


def _too_long(max_elements: int) -> JsonRefused:
    return JsonRefused(f"holds more than {max_elements:,} keys and values", "too_long")


def _outline(body: bytes) -> str:
    """The body with a question mark for each character that is not ASCII. Its structure and its length are the same."""
    return body.translate(_TO_ASCII, _CONTINUATIONS).decode()


def _containers(value: Any) -> Iterator[dict[str, Any] | list[Any]]:
    """Yield all objects and arrays in a value."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, (dict, list)):
            yield one
            waiting += one.values() if isinstance(one, dict) else one


def _has_large_float(container: dict[str, Any] | list[Any]) -> bool:
    """Whether a member is a float that may stand for an integer that no float has: `9007199254740993.0`."""
    members = container.values() if isinstance(container, dict) else container
    return any(isinstance(member, float) and abs(member) >= LARGEST_EXACT for member in members)


def _copy_numbers(source: Any, target: Any) -> None:
    """Copy the numbers of the outline, which are exact, into the value. Objects of the outline are lists of pairs."""
    waiting = [(source, target)]
    while waiting:
        exact, value = waiting.pop()
        if isinstance(value, dict):
            members: Any = zip((member for _, member in exact), list(value.items()), strict=True)
        elif isinstance(value, list):
            members = zip(exact, list(enumerate(value)), strict=True)
        else:
            continue
        for other, (key, member) in members:
            if isinstance(member, float):
                value[key] = other
            elif isinstance(member, (dict, list)):
                waiting.append((other, member))


def _refusal(body: bytes, message: str) -> JsonRefused:
    """The error of a body that Pydantic's reader refuses with this message. Raises `UnicodeDecodeError`."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(body), _PIECE):
        decoder.decode(body[start : start + _PIECE])
    decoder.decode(b"", final=True)
    try:
        read(_outline(body), _outline_decoder)
    except JsonRefused as refused:
        return refused
    if "recursion" in message:
        return JsonRefused("is nested too deeply", "too_deep")
    return JsonRefused("text must be valid Unicode, without lone surrogates", "string_unicode")
