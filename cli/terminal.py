"""What commands print. Stored text reaches the terminal only through this module, so that no name can control it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from ..escaping import visible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.table import Column, Table

_LONGEST_LINE = 4000
_LONGEST_CELL = 200


def say(text: object, *, err: bool = False) -> None:
    """Print one line, on stderr if `err`. Control characters in it become visible."""
    typer.echo(visible(text, _LONGEST_LINE), err=err)


def say_lines(text: str, *, err: bool = False) -> None:
    """Print each line of a text of several lines, such as a traceback."""
    for line in text.splitlines():
        say(line, err=err)


def add_row(table: Table, *cells: object) -> None:
    """Add a row whose cells are plain text: no markup of rich, no links, and no control characters. Long cells are cut."""
    from rich.text import Text

    table.add_row(*(Text(visible(cell, _LONGEST_CELL)) for cell in cells))


def table_of(columns: Iterable[Column | str], title: str | None = None, *, show_header: bool = True) -> Table:
    """An empty table."""
    from rich.table import Table

    return Table(*columns, title=title, show_header=show_header)


def show(table: Table) -> None:
    """Print a table."""
    from rich.console import Console

    Console().print(table)
