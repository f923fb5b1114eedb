"""Pages of a list that is sorted by a time and then by id."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from pymongo.errors import OperationFailure

from ...clock import EPOCH, now, whole_milliseconds
from ...documents import BYTES_AT_ONCE, Room, comment_of, is_too_much
from ...settings import Limits
from .cursors import cursor_of, exact_filters, index_range
from .message_scan import read_until_cut
from .page_size import REPLY_BYTES, row_size

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from pymongo import IndexModel
    from pymongo.asynchronous.collection import AsyncCollection

    from ...inputs import ListQuery, Order
    from .cursors import Position
    from .time_windows import TimeWindows

    Window = tuple[Position | None, Position | None]


_PAGE_BYTES = 8 * 1024 * 1024
_NARROWING = 8
"""A time window that holds too many bytes for one read is divided by this."""
_NARROWEST = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Timeline:
    """The list of the documents of a collection that match, sorted by the time in `field`.

    `indexed` is one equality that an index serves, or empty. `filters` is applied to the documents that the index returns.
    The list begins at `since` and ends before `until`. With `projection`, the rows have only these fields.

    A page that does not fit into one reply of the database (16 MiB) ends when it exceeds `page_bytes`. It also ends with
    the row that exceeds `page_elements`.
    """

    collection: AsyncCollection[Any]
    indexes: Sequence[IndexModel]
    field: str
    indexed: dict[str, Any]
    filters: dict[str, Any]
    time_windows: TimeWindows
    since: datetime | None = None
    until: datetime | None = None
    projection: dict[str, Any] | None = None
    page_bytes: int = _PAGE_BYTES
    page_elements: int = Limits().max_page_elements

    async def page(
        self, query: ListQuery, after: Position | None, before: Position | None
    ) -> tuple[list[Any], bool, str | None]:
        """The rows of a page in the order of the query, whether more follow, and the cursor of the next page."""
        return await self.page_of(query.limit, query.order, after, before)

    async def page_of(
        self, limit: int, order: Order, after: Position | None, before: Position | None = None
    ) -> tuple[list[Any], bool, str | None]:
        """Like `page`, for a limit that no model has checked."""
        ascending = order == "asc"
        upward = ascending if after is not None or before is None else not ascending
        low, high = (after, before) if ascending else (before, after)
        rows, cut = await self.rows_until_cut(low, high, limit + 1, upward=upward)
        has_more = cut or len(rows) > limit
        del rows[limit:]
        cursor = cursor_of((rows[-1][self.field], rows[-1]["_id"])) if has_more else None
        if upward != ascending:
            rows.reverse()
        return rows, has_more, cursor

    async def rows(self, low: Position | None, high: Position | None, count: int, *, upward: bool) -> list[Any]:
        """Up to `count` rows strictly between two positions, from the low one upward or from the high one downward."""
        return (await self.rows_until_cut(low, high, count, upward=upward))[0]

    async def rows_until_cut(
        self, low: Position | None, high: Position | None, count: int, *, upward: bool
    ) -> tuple[list[Any], bool]:
        """Like `rows`. Also returns whether the rows were cut because more would be too large."""
        low, high = self._limit_to_period(low, high)
        list_key, start = self._list_key(), low if upward else high
        moment = start[0] if start else None
        rows: dict[str, Any] = {}
        cut, size, measured, most = False, 0, 0, self.page_bytes
        room = Room(self.page_elements)
        windows = [*self._windows(list_key, low, high, count, upward=upward)][::-1]
        try:
            while windows and not cut and len(rows) < count:
                window = windows.pop()
                if rows:  # the first window is in one reply, or cut
                    size += sum(map(row_size, islice(rows.values(), measured, None)))
                    if size > most or not room.is_left:
                        cut = True
                        break
                measured = len(rows)
                parts = _parts(window, upward=upward)
                most_bytes = BYTES_AT_ONCE if parts else None
                try:
                    found, cut = await self._read(*window, count - len(rows), room, most_bytes, upward=upward)
                except OperationFailure as error:
                    if most_bytes is None or not is_too_much(error):
                        raise
                    windows += parts
                    most = REPLY_BYTES - BYTES_AT_ONCE  # one reply could hold them
                    continue
                for row in found:
                    # A row may have moved into this window after it was found in an earlier one. The first find counts.
                    rows.setdefault(row["_id"], row)
        except BaseException:  # also if interrupted: the window may have been too wide for the database
            self.time_windows.forget(list_key)
            raise
        times = [row[self.field] for row in rows.values()]
        # Few rows of a period do not show the list's density.
        if not cut and (len(times) == count or (low is None and high is None)):
            self.time_windows.learn(list_key, moment, times, count, upward=upward)
        return list(rows.values()), cut

    def _limit_to_period(self, low: Position | None, high: Position | None) -> Window:
        lows = [position for position in (low, _start_of(self.since)) if position is not None]
        highs = [position for position in (high, _start_of(self.until)) if position is not None]
        return max(lows, default=None), min(highs, default=None)

    def _windows(
        self, list_key: int, low: Position | None, high: Position | None, count: int, *, upward: bool
    ) -> Iterator[Window]:
        """The time windows from one end to the other. There is only one if the server reads lists in order."""
        start, end = (low, high) if upward else (high, low)
        for moment in self._edges(list_key, start[0] if start else None, count, upward=upward):
            edge = (moment, "")
            if end is not None and (edge >= end if upward else edge <= end):
                break
            yield (start, edge) if upward else (edge, start)
            start = edge
        yield (start, end) if upward else (end, start)

    def _edges(self, list_key: int, start: datetime | None, count: int, *, upward: bool) -> Iterator[datetime]:
        return self.time_windows.edges(list_key, start, count, upward=upward) if self._has_ordered_index else iter(())

    async def _read(
        self,
        low: Position | None,
        high: Position | None,
        count: int,
        room: Room,
        most_bytes: int | None,
        *,
        upward: bool,
    ) -> tuple[list[Any], bool]:
        between = index_range(self.field, low, high) if self._has_ordered_index else {}
        found = await self.collection.aggregate(
            [
                {"$match": {**self.indexed, **between}},
                {"$match": self.filters},
                *({"$match": exact} for exact in exact_filters(self.field, low, high)),
                {"$sort": dict.fromkeys((self.field, "_id"), 1 if upward else -1)},
                {"$limit": count},
                *([{"$project": self.projection}] if self.projection else []),
            ],
            batchSize=count + 1,
            **comment_of(most_bytes),
        )
        return await read_until_cut(found, self.page_bytes, room)

    @property
    def _has_ordered_index(self) -> bool:
        """Whether an index has the equality and then the time. Else time windows do not help, and a range is not indexed."""
        wanted = [*self.indexed, self.field]
        return any([*index.document["key"]][: len(wanted)] == wanted for index in self.indexes)

    def _list_key(self) -> int:
        """A hash that identifies the list. If two lists have the same, their windows are wider or narrower than needed."""
        return hash(repr((self.collection.name, self.field, self.indexed, self.filters)))


def _parts(window: Window, *, upward: bool) -> list[Window]:
    """A narrow part of a time window at the end where the read begins, after the rest of the window.

    Empty if the window is too narrow to be divided.
    """
    low, high = window
    begin, end = low[0] if low else EPOCH, high[0] if high else now()
    width = (end - begin) / _NARROWING
    if width < _NARROWEST:
        return []
    edge = whole_milliseconds(begin + width if upward else end - width), ""
    return [(edge, high), (low, edge)] if upward else [(low, edge), (edge, high)]


def _start_of(moment: datetime | None) -> Position | None:
    """The position before all entries of this time."""
    return None if moment is None else (moment, "")
