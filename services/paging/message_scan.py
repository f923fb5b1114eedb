"""Scans the messages of a thread in windows of numbers, until enough rows are found.

One window is enough unless messages were deleted or are filtered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import bson

from ...records import MESSAGE_PROJECTION
from ..appends import incompletely_read, settled_batches, visible
from ..deletion import is_placeholder
from ..number_gaps import skip_gap

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pymongo.asynchronous.command_cursor import AsyncCommandCursor

    from ...documents import Documents, MessageRow

R = TypeVar("R", bound="Mapping[str, Any]")

_WIDEST_WINDOW = 100_000


class MessageScan:
    """Reads the rows of a range of numbers, upward or downward."""

    def __init__(
        self,
        documents: Documents,
        thread_id: str,
        last_seq: int,
        filters: tuple[dict[str, Any], dict[str, Any]],
        page_bytes: int,
    ) -> None:
        """If the rows do not fit into one reply, the scan ends before the row that exceeds `page_bytes`."""
        self._documents = documents
        self._thread_id = thread_id
        self._last_seq = last_seq
        self._indexed, self._rest = filters
        self._page_bytes = page_bytes

    async def rows(self, low: int, high: int, count: int, *, upward: bool) -> tuple[list[MessageRow], bool]:
        """Up to `count` rows with `low < seq <= high`, from the low end upward or from the high end downward.

        Also returns whether the rows were cut because more would be too large. A batch is in the range of the rows
        completely or not at all: if a hidden batch was completed during the scan, the scan begins again.
        """
        considered = set[str]()
        while True:
            hidden: dict[str, int] = {}
            rows, cut = await self._collect(low, high, count, hidden, upward=upward)
            settled = await settled_batches(self._documents, self._thread_id, hidden) if hidden else set[str]()
            if settled <= considered:
                return rows, cut
            considered |= settled

    async def _collect(
        self, low: int, high: int, count: int, hidden: dict[str, int], *, upward: bool
    ) -> tuple[list[MessageRow], bool]:
        """Like `rows`, in one scan. Adds to `hidden` the batches that it found incomplete, with their last numbers."""
        rows: list[MessageRow] = []
        width, room, measured = count, self._page_bytes, 0
        in_one_reply = True
        while low < high and len(rows) < count:
            window = self._next_window(low, high, width, upward=upward)
            wanted = count - len(rows)
            found, shown, cut = await self._read_whole(*window, wanted, upward=upward)
            if cut or len(found) == wanted:  # the window may have more rows: go on behind the last row
                low, high = (found[-1]["seq"], high) if upward else (low, found[-1]["seq"] - 1)
            else:
                low, high = (window[1], high) if upward else (low, window[0])
            if len(shown) < len(found):
                shown_batches = _batch_ends(shown)
                hidden |= {batch: end for batch, end in _batch_ends(found).items() if batch not in shown_batches}
            rows += shown
            if cut or not in_one_reply:
                for index in range(measured, len(rows)):
                    room -= row_size(rows[index])
                    if room < 0 < index:
                        return rows[:index], True
                measured = len(rows)
            in_one_reply = False
            if not found and width == _WIDEST_WINDOW:
                low, high = await skip_gap(self._documents.messages, self._thread_id, low, high, upward=upward)
            width = min(width * 4, _WIDEST_WINDOW)
        return rows, False

    def _next_window(self, low: int, high: int, width: int, *, upward: bool) -> tuple[int, int]:
        if not upward:
            return max(low, min(high, self._last_seq) - width), high
        end = low + width
        # Almost no message is newer than the summary of the thread: the last window takes all numbers above it.
        return low, high if end >= min(high, self._last_seq) else end

    async def _read_whole(
        self, low: int, high: int, count: int, *, upward: bool
    ) -> tuple[list[MessageRow], list[MessageRow], bool]:
        """The rows of a window, the visible ones of them, and whether the rows were cut.

        The window is read again if a batch was completed between the read and the check of its visibility.
        """
        complete = set[str]()
        while True:
            found, cut = await self._read(low, high, count, upward=upward)
            shown = await visible(self._documents, found)
            if shown is found:  # no row belongs to a batch
                return found, shown, cut
            is_partial = upward and (cut or len(found) == count)  # the ends of batches come in the next window
            completed = set[str]() if is_partial else incompletely_read(found, shown, high)
            if completed <= complete:
                return found, shown, cut
            complete |= completed

    async def _read(self, low: int, high: int, count: int, *, upward: bool) -> tuple[list[MessageRow], bool]:
        window = {"thread_id": self._thread_id, "seq": {"$gt": low, "$lte": high}, **self._indexed}
        order = 1 if upward else -1
        if not self._rest:
            return await self._documents.fast_messages.find(
                window, MESSAGE_PROJECTION, sort={"seq": order}, limit=count
            )
        # Two stages: the embedded server uses an index only if the index serves the whole first stage.
        stages: list[dict[str, Any]] = [{"$match": window}, {"$match": self._rest}, {"$sort": {"seq": order}}]
        stages += [{"$limit": count}, {"$project": MESSAGE_PROJECTION}]
        cursor = await self._documents.messages.aggregate(stages, batchSize=count + 1)
        return await read_until_cut(cursor, self._page_bytes)


async def read_until_cut(cursor: AsyncCommandCursor[R], page_bytes: int) -> tuple[list[R], bool]:
    """All rows and False, if one reply holds them. Else the rows until `page_bytes` are exceeded, and True."""
    rows = await cursor.to_list(1)
    if not cursor.cursor_id:
        return rows + await cursor.to_list(), False
    room = page_bytes - sum(map(row_size, rows))
    async with cursor:
        async for row in cursor:
            rows.append(row)
            room -= row_size(row)
            if room < 0:
                return rows, True
    return rows, False


def _batch_ends(rows: list[MessageRow]) -> dict[str, int]:
    """The ids of the batches in these rows, with the last number of each batch."""
    return {row["batch"]["id"]: row["batch"]["end"] for row in rows if "batch" in row and not is_placeholder(row)}


def row_size(row: Mapping[str, Any]) -> int:
    """The bytes of a row as the database stores it."""
    return len(bson.encode(row))
