"""The first part of a file, by which its format is recognised."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from .members import Member

SAMPLE_BYTES = 256 * 1024
_MOST_VALUES = 50
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[\[\]{},:]', re.DOTALL)
_VALUE = re.compile(r"[{\[]")
_NEXT_VALUE = re.compile(r"\n[{\[]")
_decoder = json.JSONDecoder()
_CLOSING = {"{": "}", "[": "]"}


@dataclass(frozen=True, slots=True)
class Shape:
    """The facts about a file that are kept after its format was recognised. They take little memory, even for many files."""

    has_lines: bool
    """Whether each line of the file is a value, or the file is one line."""
    is_cut: bool
    """Whether the last value goes on behind the first part."""
    is_one_object: bool
    has_arrays: bool


@dataclass(frozen=True, slots=True)
class Sample:
    """The values at the beginning of a file. The last value may be cut: it holds its first members only.

    `values` are the values of the file: one, or one a line. `items` are the same, but the elements of an array stand in the
    place of the array. `text` is the beginning of the file if it is no JSON. `is_empty` says that the file is empty.
    """

    values: list[Any] = field(default_factory=list)
    items: list[Any] = field(default_factory=list)
    text: str = ""
    has_lines: bool = True
    """Whether each line of the file is a value, or the file is one line. Else a value stands on several lines."""
    is_cut: bool = False
    """Whether the last value goes on behind the first part."""
    fault: tuple[int, str] | None = None
    """If the file is no JSON: the line of the first fault, and a description of the fault."""

    @property
    def is_empty(self) -> bool:
        """Whether the file holds nothing."""
        return not self.values and not self.text

    def shape(self) -> Shape:
        """The shape of the file."""
        return Shape(
            self.has_lines,
            self.is_cut,
            is_one_object=len(self.values) == 1 and isinstance(self.values[0], dict),
            has_arrays=any(isinstance(value, list) for value in self.values),
        )

    def objects(self) -> list[dict[str, Any]]:
        """The items that are objects."""
        return [item for item in self.items if isinstance(item, dict)]

    def share(self, test: Callable[[dict[str, Any]], object]) -> float:
        """The share of objects among the items for which `test` holds."""
        objects = self.objects()
        return sum(_holds(test, item) for item in objects) / len(self.items) if objects else 0

    def likeness(self, highest: float, test: Callable[[dict[str, Any]], object]) -> float:
        """How surely a file has a format, if `test` is typical of the format: 0, or at least half of `highest`.

        Damaged values, or a few of another kind, do not hide the format of the other values.
        """
        share = self.share(test)
        return highest * (1 + share) / 2 if share else 0


def _holds(test: Callable[[dict[str, Any]], object], item: dict[str, Any]) -> bool:
    """Whether the test holds. It may fail in any way on an object of another format."""
    try:
        return bool(test(item))
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        return False


def sample_of(member: Member) -> Sample:
    """Read the first part of a file. Raises `Unreadable` if it cannot be unpacked."""
    data = member.first(SAMPLE_BYTES)
    text = data.decode("utf-8", "replace")
    return sample_of_text(text, is_cut=len(data) >= SAMPLE_BYTES)


def sample_of_text(text: str, *, is_cut: bool) -> Sample:
    """The sample of a text. `is_cut` says that the text goes on."""
    begin = text.lstrip("\ufeff \t\r\n\x1e")
    if begin[:1] not in ("{", "["):
        return Sample(text=begin)
    values, fault = _values(begin)
    items = [item for value in values for item in (value if isinstance(value, list) else [value])]
    cut = is_cut and fault is not None
    return Sample(
        values,
        items[:_MOST_VALUES],
        "" if values else begin,
        has_lines=_has_lines(begin, is_cut=is_cut),
        is_cut=cut,
        fault=None if cut else fault,
    )


def _has_lines(text: str, *, is_cut: bool) -> bool:
    line, newline, _ = text.partition("\n")
    if not newline:
        return not (is_cut and line.startswith("["))
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _values(text: str) -> tuple[list[Any], tuple[int, str] | None]:
    """The values at the beginning of the text, and the fault if the last value is not complete. It has its first members then."""
    values: list[Any] = []
    position = 0
    for _ in range(_MOST_VALUES):
        start = _VALUE.search(text, position)
        if start is None:
            break
        begin = start.start()
        try:
            value, position = _decoder.raw_decode(text, begin)
            values.append(value)
        except (ValueError, RecursionError) as error:
            following = _NEXT_VALUE.search(text, begin)
            if not values or following is None:
                return values + _closed_value(text[begin:]), _fault(error)
            position = following.start()
    return values, None


def _fault(error: Exception) -> tuple[int, str]:
    if isinstance(error, json.JSONDecodeError):
        return error.lineno, f"not JSON: {error.msg}"
    return 1, "is nested too deeply" if isinstance(error, RecursionError) else "has a number of too many digits"


def _closed_value(text: str) -> list[Any]:
    try:
        return [json.loads(closed(text))]
    except (ValueError, RecursionError):
        return []


def closed(text: str) -> str:
    """The text of a JSON value that was cut. It ends behind its last complete member and is closed there."""
    stack: list[str] = []
    end, ending, depth = 0, "", 0
    for token in _TOKEN.finditer(text):
        found = token[0]
        if found in "{[":
            stack.append(_CLOSING[found])
            end, ending = token.end(), ""
        elif found in "}]":
            if not stack:
                break
            stack.pop()
            end, ending = token.end(), ""
        elif found == ",":
            end, ending = token.start(), ""
        elif found == ":":
            end, ending = token.end(), "null"
        else:
            continue
        depth = len(stack)
        if not stack:
            break
    return text[:end] + ending + "".join(reversed(stack[:depth]))
