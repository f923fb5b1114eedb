"""Cursors and positions of lists that are sorted by a time and then by id: the lists of threads and of users."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

from ...clock import EPOCH, epoch_milliseconds
from ...errors import UnknownCursor

Position = tuple[datetime, str]
"""The time and the id of an entry."""
_TICK = timedelta(milliseconds=1)
_OLDEST, _LATEST = datetime.min + _TICK, datetime.max - _TICK  # noqa: DTZ901 - naive UTC, as the driver has it
_LONGEST_CLOCK = 15  # digits: the year 33658


def cursor_of(position: Position) -> str:
    """The cursor `id@milliseconds` of a position. It stays valid if the entry gets another time or is deleted."""
    moment, entry_id = position
    return f"{entry_id}@{epoch_milliseconds(moment)}"


def position_of(name: str, cursor: str) -> Position | None:
    """The position in a cursor. None if the cursor is an id without a time, whose entry must be looked up.

    `name` is the parameter that `UnknownCursor` names if the cursor is malformed.
    """
    entry_id, _, milliseconds = cursor.partition("@")
    if not milliseconds:
        return None
    if not milliseconds.isascii() or not milliseconds.isdecimal() or len(milliseconds) > _LONGEST_CLOCK:
        raise UnknownCursor(name, cursor)
    try:
        return EPOCH + timedelta(milliseconds=int(milliseconds)), entry_id
    except OverflowError:
        raise UnknownCursor(name, cursor) from None


def index_range(field: str, low: Position | None, high: Position | None) -> dict[str, Any]:
    """A filter on `field` that limits the range of the index between two positions.

    The range is one millisecond wider at both ends, because the embedded server reads `$gt` as `$gte` inside an index.
    `exact_filters` removes the extra entries.
    """
    between = {"$gte": max(low[0], _OLDEST) - _TICK} if low else {}
    between |= {"$lte": min(high[0], _LATEST) + _TICK} if high else {}
    return {field: between} if between else {}


def exact_filters(field: str, low: Position | None, high: Position | None) -> list[dict[str, Any]]:
    """The filters for entries that sort strictly after `low` and strictly before `high`."""
    after = [_beyond(field, "$gt", low)] if low else []
    return after + ([_beyond(field, "$lt", high)] if high else [])


def _beyond(field: str, operator: Literal["$gt", "$lt"], position: Position) -> dict[str, Any]:
    moment, entry_id = position
    return {"$or": [{field: {operator: moment}}, {field: moment, "_id": {operator: entry_id}}]}
