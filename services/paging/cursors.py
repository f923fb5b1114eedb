"""Places in a list that is sorted by a time and then by id: what cursors of threads and users stand for."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

from ...clock import EPOCH, epoch_milliseconds
from ...errors import UnknownCursor

Position = tuple[datetime, str]
_TICK = timedelta(milliseconds=1)
_OLDEST, _LATEST = datetime.min + _TICK, datetime.max - _TICK  # noqa: DTZ901 - naive UTC, as the driver has it
_LONGEST_CLOCK = 15  # digits: the year 33658


def cursor_of(position: Position) -> str:
    """The cursor of an entry, which stays right when the entry moves or goes."""
    moment, entry_id = position
    return f"{entry_id}@{epoch_milliseconds(moment)}"


def position_of(name: str, cursor: str) -> Position | None:
    """The position that a cursor holds in itself; None for a bare id, whose entry has to be looked up."""
    entry_id, _, milliseconds = cursor.partition("@")
    if not milliseconds:
        return None
    if not milliseconds.isascii() or not milliseconds.isdecimal() or len(milliseconds) > _LONGEST_CLOCK:
        raise UnknownCursor(name, cursor)
    try:
        return EPOCH + timedelta(milliseconds=int(milliseconds)), entry_id
    except OverflowError:
        raise UnknownCursor(name, cursor) from None


def bounds(field: str, low: Position | None, high: Position | None) -> dict[str, Any]:
    """What bounds the index between two places.

    A little wider than they are: in the middle of an index the embedded server takes `$gte` for `$gt`.
    """
    between = {"$gte": max(low[0], _OLDEST) - _TICK} if low else {}
    between |= {"$lte": min(high[0], _LATEST) + _TICK} if high else {}
    return {field: between} if between else {}


def limits(low: Position | None, high: Position | None) -> list[tuple[Literal["$gt", "$lt"], Position]]:
    """What is to be kept to, as arguments of `beyond`."""
    above: list[tuple[Literal["$gt", "$lt"], Position]] = [("$gt", low)] if low else []
    return above + ([("$lt", high)] if high else [])


def beyond(field: str, operator: Literal["$gt", "$lt"], position: Position) -> dict[str, Any]:
    """What sorts on one side of a position, exactly."""
    moment, entry_id = position
    return {"$or": [{field: {operator: moment}}, {field: moment, "_id": {operator: entry_id}}]}
