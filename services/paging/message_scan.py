"""A walk along a thread's messages, window by window: one window is enough unless messages were deleted or are filtered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import bson

from ...records import MESSAGE_PROJECTION
from ..appends import decided, torn_batches, visible
from ..deletion import is_placeholder

if TYPE_CHECKING:
    from pymongo.asynchronous.command_cursor import AsyncCommandCursor

    from ...documents import Documents, MessageRow

REPLY_BYTES = 16 * 1024 * 1024
"""What one reply of MongoDB holds: rows that came in one are not too large together."""
CUT_BYTES = REPLY_BYTES // 2
"""Where more than one would be needed the rows end here, which the first one reaches: a second is hardly ever sent for."""
_WIDEST_WINDOW = 100_000


class MessageScan:
    """Collects rows in one direction."""

    def __init__(
        self, documents: Documents, thread_id: str, last_seq: int, filters: tuple[dict[str, Any], dict[str, Any]]
    ) -> None:
        self._documents = documents
        self._thread_id = thread_id
        self._last_seq = last_seq
        self._indexed, self._rest = filters

    async def rows(self, low: int, high: int, count: int, *, upward: bool) -> tuple[list[MessageRow], bool]:
        """Up to `count` rows with `low < seq <= high`, from the low end up or from the high end down.

        And whether they are fewer because more would be too large. A batch is among them whole, or not at all: where one
        that was left out became complete before the end was reached, the walk begins again.
        """
        met = set[str]()
        while True:
            hidden: dict[str, int] = {}
            rows, cut = await self._collect(low, high, count, hidden, upward=upward)
            late = (await decided(self._documents, self._thread_id, hidden) if hidden else set()) - met
            if not late:
                return rows, cut
            met |= late

    async def _collect(
        self, low: int, high: int, count: int, hidden: dict[str, int], *, upward: bool
    ) -> tuple[list[MessageRow], bool]:
        rows: list[MessageRow] = []
        width, room, weighed = count, CUT_BYTES, 0
        in_one_reply = True
        while low < high and len(rows) < count:
            window = self._next_window(low, high, width, upward=upward)
            wanted = count - len(rows)
            found, shown, cut = await self._read_whole(*window, wanted, upward=upward)
            if cut or len(found) == wanted:  # there may be more in this window: it goes on behind the last row
                low, high = (found[-1]["seq"], high) if upward else (low, found[-1]["seq"] - 1)
            else:
                low, high = (window[1], high) if upward else (low, window[0])
            if len(shown) < len(found):
                shown_marks = _marks(shown)
                hidden |= {batch: end for batch, end in _marks(found).items() if batch not in shown_marks}
            rows += shown
            if cut or not in_one_reply:
                for place in range(weighed, len(rows)):
                    room -= _size(rows[place])
                    if room < 0 < place:
                        return rows[:place], True
                weighed = len(rows)
            in_one_reply = False
            width = min(width * 4, _WIDEST_WINDOW)
        return rows, False

    def _next_window(self, low: int, high: int, width: int, *, upward: bool) -> tuple[int, int]:
        if not upward:
            return max(low, min(high, self._last_seq) - width), high
        end = low + width
        # Past the summary there is next to nothing: one last window takes all of it.
        return low, high if end >= min(high, self._last_seq) else end

    async def _read_whole(
        self, low: int, high: int, count: int, *, upward: bool
    ) -> tuple[list[MessageRow], list[MessageRow], bool]:
        """What is found, what of it is to be shown: no batch without the rows that came after it was read.

        And whether it was cut.
        """
        complete = set[str]()
        while True:
            found, cut = await self._read(low, high, count, upward=upward)
            shown = await visible(self._documents, found)
            if shown is found:  # no batch is among it
                return found, shown, cut
            torn = set[str]() if upward and (cut or len(found) == count) else torn_batches(found, shown, high)
            if torn <= complete:
                return found, shown, cut
            complete |= torn

    async def _read(self, low: int, high: int, count: int, *, upward: bool) -> tuple[list[MessageRow], bool]:
        window = {"thread_id": self._thread_id, "seq": {"$gt": low, "$lte": high}, **self._indexed}
        order = 1 if upward else -1
        if not self._rest:
            return await self._documents.fast_messages.find(
                window, MESSAGE_PROJECTION, sort={"seq": order}, limit=count
            )
        # In a stage of its own: the embedded server uses an index only for what one serves alone.
        stages: list[dict[str, Any]] = [{"$match": window}, {"$match": self._rest}, {"$sort": {"seq": order}}]
        stages += [{"$limit": count}, {"$project": MESSAGE_PROJECTION}]
        return await _bounded(await self._documents.messages.aggregate(stages, batchSize=count + 1))


async def _bounded(cursor: AsyncCommandCursor[MessageRow]) -> tuple[list[MessageRow], bool]:
    """All rows if one reply held them; else those up to the first that is one too many, and True."""
    rows: list[MessageRow] = await cursor.to_list(1)
    if not cursor.cursor_id:
        return rows + await cursor.to_list(), False
    room = CUT_BYTES - sum(map(_size, rows))
    async with cursor:
        async for row in cursor:
            rows.append(row)
            room -= _size(row)
            if room < 0:
                return rows, True
    return rows, False


def _marks(rows: list[MessageRow]) -> dict[str, int]:
    """The batches whose rows are among these, and their last numbers."""
    return {row["batch"]["id"]: row["batch"]["end"] for row in rows if "batch" in row and not is_placeholder(row)}


def _size(row: MessageRow) -> int:
    return len(bson.encode(row))
