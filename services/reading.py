"""Pages of a thread's messages: ranges of `(thread_id, seq)` that are closed at both ends, so that a page costs a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import bson

from ..documents import exact
from ..errors import UnknownCursor
from ..records.message import PROJECTION
from .batches import torn_batches, visible
from .numbering import NEWEST

if TYPE_CHECKING:
    from pymongo.asynchronous.command_cursor import AsyncCommandCursor
    from pymongo.asynchronous.cursor import AsyncCursor

    from ..documents import Documents, MessageRow
    from ..inputs import MessageQuery

    Cursor = AsyncCursor[MessageRow] | AsyncCommandCursor[MessageRow]

_WIDEST_WINDOW = 100_000
MOST_BYTES = 16 * 1024 * 1024
"""What one reply of MongoDB holds, and so what a page costs no more than; one message always fits."""


async def read_page(
    documents: Documents, thread_id: str, last_seq: int, query: MessageQuery
) -> tuple[list[MessageRow], bool, bool]:
    """The rows of a page in the query's order, whether more follow, and whether numbers are missing among them.

    That is so where messages were deleted, or the thread is being deleted right now.

    `after` alone goes on from there, `before` alone gives the entries next to it, both together what is strictly between.
    """
    after = await _place(documents, thread_id, "after", query.after)
    before = await _place(documents, thread_id, "before", query.before)
    ascending = query.order == "asc"
    low, high = (after, before) if ascending else (before, after)
    upward = ascending if after is not None or before is None else not ascending
    filters = _filters(query)
    walk = _Walk(documents, thread_id, last_seq, filters)
    low, high = low or 0, (high or NEWEST + 1) - 1
    rows, cut = await walk.rows(low, high, query.limit + 1, upward=upward)
    gaps = any(filters) or _has_gaps(rows, low + 1, min(high, last_seq), query.limit + 1, upward=upward)
    has_more = cut or len(rows) > query.limit
    del rows[query.limit :]
    if upward != ascending:
        rows.reverse()
    return rows, has_more, gaps


def _has_gaps(rows: list[MessageRow], bottom: int, top: int, wanted: int, *, upward: bool) -> bool:
    """Whether rows, as they were collected, leave out numbers of the range."""
    if not rows:
        return bottom <= top
    first, last = (rows[0]["seq"], rows[-1]["seq"]) if upward else (rows[-1]["seq"], rows[0]["seq"])
    begins = first == bottom or (not upward and len(rows) == wanted)
    ends = last >= top or (upward and len(rows) == wanted)
    return not (begins and ends and last - first + 1 == len(rows))


async def _place(documents: Documents, thread_id: str, field: str, message_id: str | None) -> int | None:
    """The number of the message that a cursor names, also of one that was deleted."""
    if message_id is None:
        return None
    found: Any = await documents.messages.find_one({"_id": message_id}, {"thread_id": 1, "seq": 1})
    if found is None:
        found = await documents.deleted_messages.find_one({"_id": message_id}, {"thread_id": 1, "seq": 1})
    if found is None or found["thread_id"] != thread_id:
        raise UnknownCursor(field, message_id)
    return int(found["seq"])


def _filters(query: MessageQuery) -> tuple[dict[str, Any], dict[str, Any]]:
    """What an index serves together with the range, and the rest."""
    named = (("run_id", query.run_id), ("sender_id", query.sender_id), ("role", query.role))
    filters = {name: value for name, value in named if value is not None}
    indexed = next((name for name in ("run_id", "sender_id") if name in filters), None)
    return {} if indexed is None else {indexed: filters.pop(indexed)}, filters


class _Walk:
    """Collects rows in one direction, window by window: one window is enough unless messages were deleted or are filtered."""

    def __init__(
        self, documents: Documents, thread_id: str, last_seq: int, filters: tuple[dict[str, Any], dict[str, Any]]
    ) -> None:
        self._documents = documents
        self._thread_id = thread_id
        self._last_seq = last_seq
        self._indexed, self._rest = filters

    async def rows(self, low: int, high: int, count: int, *, upward: bool) -> tuple[list[MessageRow], bool]:
        """Up to `count` rows with `low < seq <= high`, from the low end up or from the high end down.

        And whether they are fewer because more would be too large.
        """
        rows: list[MessageRow] = []
        width, cut = count, False
        while low < high and len(rows) < count and not (cut and rows):
            window = self._next_window(low, high, width, upward=upward)
            wanted = count - len(rows)
            found, shown, cut = await self._read_whole(*window, wanted, upward=upward)
            if cut or len(found) == wanted:  # there may be more in this window: it goes on behind the last row
                low, high = (found[-1]["seq"], high) if upward else (low, found[-1]["seq"] - 1)
            else:
                low, high = (window[1], high) if upward else (low, window[0])
            rows += shown
            width = min(width * 4, _WIDEST_WINDOW)
        return rows, cut

    def _next_window(self, low: int, high: int, width: int, *, upward: bool) -> tuple[int, int]:
        if not upward:
            return max(low, min(high, self._last_seq) - width), high
        end = low + width
        # Past the summary there is next to nothing: one last window takes all of it.
        return low, high if end >= min(high, self._last_seq) else end

    async def _read_whole(
        self, low: int, high: int, count: int, *, upward: bool
    ) -> tuple[list[MessageRow], list[MessageRow], bool]:
        """What is found, and what of it is to be shown: no batch without the rows that came after it was read.

        And whether it was cut.
        """
        complete = set[str]()
        while True:
            found, cut = await self._read(low, high, count, upward=upward)
            shown = await visible(self._documents, found)
            torn = set[str]() if upward and (cut or len(found) == count) else torn_batches(found, shown, high)
            if torn <= complete:
                return found, shown, cut
            complete |= torn

    async def _read(self, low: int, high: int, count: int, *, upward: bool) -> tuple[list[MessageRow], bool]:
        window = {"thread_id": self._thread_id, "seq": {"$gt": low, "$lte": high}, **self._indexed}
        order = 1 if upward else -1
        if not self._rest:
            quick = self._documents.quick_messages.find(
                window, PROJECTION, sort=[("seq", order)], limit=count, batch_size=count + 1
            )
            rows, cut = await _bounded(quick)
            return [exact(row) for row in rows], cut
        # In a stage of its own: the embedded server uses an index only for what one serves alone.
        stages: list[dict[str, Any]] = [{"$match": window}, {"$match": self._rest}, {"$sort": {"seq": order}}]
        found: Any = await self._documents.messages.aggregate([*stages, {"$limit": count}, {"$project": PROJECTION}])
        return await _bounded(found)


async def _bounded(cursor: Cursor) -> tuple[list[MessageRow], bool]:
    """All rows if one reply held them, as it nearly always does; else as many as are not too large, and whether that cut them."""
    rows: list[MessageRow] = await cursor.to_list(1)
    if not cursor.cursor_id:
        return rows + await cursor.to_list(), False
    room = MOST_BYTES - sum(_size(row) for row in rows)
    async with cursor:
        async for row in cursor:
            room -= _size(row)
            if room < 0:
                return rows, True
            rows.append(row)
    return rows, False


def _size(row: MessageRow) -> int:
    return len(bson.encode(row))
