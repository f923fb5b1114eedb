"""Lists of records: a table on a terminal, tab-separated values in a pipe, and JSON with `--json` (decision 60)."""

from __future__ import annotations

import sys
import unicodedata
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar

import typer

from ..escaping import visible
from .terminal import say, say_json, write

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence

R = TypeVar("R", bound="Mapping[str, Any]")

_LONGEST_TEXT = 200
_GAP = "  "

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object per line, with all fields.")]

Limit = Annotated[int, typer.Option(min=1, help="The largest number of rows.")]


@dataclass(frozen=True, slots=True)
class Column(Generic[R]):
    """A column: its heading, and the cell of a record. Cells are shown whole, except free texts, which may be cut."""

    heading: str
    cell: Callable[[R], object]
    is_free_text: bool = False


def fields(*names: str) -> tuple[Column[dict[str, Any]], ...]:
    """Columns that show these fields of the records."""
    return tuple(Column(name, itemgetter(name)) for name in names)


def print_list(records: Iterable[R], columns: Sequence[Column[R]], *, as_json: bool) -> None:
    """Print the records in the form that the reader of stdout needs. Only a table has headings."""
    if as_json:
        for record in records:
            say_json(record)
    elif sys.stdout.isatty():
        for line in table(records, columns):
            write(line)
    else:
        for record in records:
            write("\t".join(visible(_text(column.cell(record))) for column in columns))


def table(records: Iterable[R], columns: Sequence[Column[R]]) -> list[str]:
    """The lines of a table. No line is cut or broken, so that ids stay whole: the terminal wraps long lines."""
    rows = [[column.heading for column in columns]]
    rows += [[visible(_text(column.cell(record)), _most(column)) for column in columns] for record in records]
    widths = [max(map(_width, cells)) for cells in zip(*rows, strict=True)]
    return [
        _GAP.join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


async def first(limit: int, records: AsyncIterator[R]) -> tuple[list[R], bool]:
    """The first `limit` records, and whether there are more."""
    found: list[R] = []
    async for record in records:
        if len(found) == limit:
            return found, True
        found.append(record)
    return found, False


def say_more(shown: int) -> None:
    """Tell on stderr that the list goes on."""
    say(f"There are more. To see them: --limit {shown * 10}", err=True)


def _text(value: object) -> str:
    """The text of a cell: nothing for None, yes or no for a truth value."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _most(column: Column[Any]) -> int | None:
    return _LONGEST_TEXT if column.is_free_text else None


def _width(text: str) -> int:
    """The columns of a terminal that the text takes."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )
