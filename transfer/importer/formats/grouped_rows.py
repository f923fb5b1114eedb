"""Readers of formats in which each value of a file is a row of some conversation, in any order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..conversations import Broken, Conversation, grouped
from .base import ODD_SHAPES, odd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ..conversations import Groups, ReadingOptions
    from ..reading import Item, JsonFile
    from .base import Found


def each_group(
    rows_of: Callable[[dict[str, Any]], Iterable[tuple[str, Any]]],
    convert: Callable[[str, list[Any], str], Conversation | None],
) -> Callable[[Iterable[JsonFile], ReadingOptions], Iterator[Found]]:
    """A reader that collects the rows of all files by their key, and converts each group.

    `rows_of` gives the rows of a value with their keys, or no rows if the value is to be ignored. `convert` takes the key,
    the rows in the order of the files, and the location of the first one. It returns None if the rows are no conversation.
    Both may raise any error that a value of another form causes.
    """

    def read(files: Iterable[JsonFile], options: ReadingOptions) -> Iterator[Found]:
        with grouped(options.group_bounds) as groups:
            for file in files:
                for item in file.items():
                    fault = item.fault or _add(item, rows_of, groups)
                    if fault is not None:
                        yield Broken(item.location, fault)
            for key, rows in groups:
                found = _converted(key, rows, convert)
                if found is not None:
                    yield found

    return read


def added(groups: Groups, key: str, item: Item) -> Iterator[Broken]:
    """Add the value of an item. If it cannot be added, yield the reason."""
    fault = _add(item, lambda value: [(key, value)], groups)
    if fault is not None:
        yield Broken(item.location, fault)


def _add(item: Item, rows_of: Callable[[Any], Iterable[tuple[str, Any]]], groups: Groups) -> str | None:
    """Add the rows of a value. If it cannot be read, return the reason."""
    try:
        for key, row in rows_of(item.value):
            groups.add(key, [item.location, row])
    except ODD_SHAPES as error:
        return odd(error)
    return None


def _converted(
    key: str, rows: list[Any] | None, convert: Callable[[str, list[Any], str], Conversation | None]
) -> Conversation | Broken | None:
    if rows is None:
        return Broken(f"conversation {key!r}", "is too large: its messages take more than 128 MiB")
    try:
        return convert(key, [row for _, row in rows], rows[0][0])
    except ODD_SHAPES as error:
        return Broken(rows[0][0], odd(error))
