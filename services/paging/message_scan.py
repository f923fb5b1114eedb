"""Scans the messages of a thread in windows of numbers, until enough rows are found.

One window is enough unless messages were deleted or are filtered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from pymongo.errors import OperationFailure

from ...documents import BYTES_AT_ONCE, NEWEST, Room, comment_of, elements_of, is_too_much
from ...records import MESSAGE_PROJECTION
from ..appends import incompletely_read, settled_batches, visible
from ..database import skip_gap
from ..deletion import is_commit, is_marked_cut, is_placeholder, ranges_of
from .number_windows import NumberWindows
from .page_size import PageBytes, row_size

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pymongo.asynchronous.command_cursor import AsyncCommandCursor

    from ...documents import Documents, MessageRow, ThreadRow
    from .page_size import PageSize

R = TypeVar("R", bound="Mapping[str, Any]")

_WIDEST_WINDOW = 100_000
_WIDENING, _NARROWING = 4, 4
"""A window that holds too many bytes for one read is divided by the second number. The next windows grow by the first."""
_MOST_HIDDEN_AT_ONCE = 1000
"""The most rows of one read after reads that found only hidden rows: a pop after many others passes them quickly."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """How a window is read: the most rows, the direction, the room of the page, and the bytes of one read."""

    count: int
    upward: bool
    room: Room
    most_bytes: int | None


class _ReadAhead(NamedTuple):
    """The first window of a scan, which was read before the thread was known."""

    window: tuple[int, int]
    room: Room
    found: list[MessageRow]
    cut: bool


class MessageScan:
    """Reads the rows of a range of numbers, upward or downward."""

    def __init__(
        self,
        documents: Documents,
        thread_id: str,
        filters: tuple[dict[str, Any], dict[str, Any]],
        size: PageSize,
        projection: Mapping[str, int] = MESSAGE_PROJECTION,
    ) -> None:
        """The scan ends at this size of a page."""
        self._documents = documents
        self._thread_id = thread_id
        self._indexed, self._rest = filters
        self._size = size
        self._projection = projection
        self._ahead: _ReadAhead | None = None
        self._thread: ThreadRow | None = None
        self.saw_marks = False
        """Whether a row belonged to a commit or a cut: the thread must be the same after the read."""

    async def read_ahead(self, low: int, high: int, count: int, *, upward: bool) -> None:
        """Read the first window of `rows`, with the same arguments, if it does not depend on the summary of the thread.

        A server that does not read a list from its index reads all rows of a window. For it, both ends must be known.
        """
        if self._documents.sorts_by_index and not self._rest:
            window = low, high
        elif low > 0 and upward:
            window = low, min(high, low + count)
        elif high < NEWEST and not upward:
            window = max(low, high - count), high
        else:
            return
        room = Room(self._size.elements)
        try:
            found, cut = await self._read(*window, _Reading(count, upward, room, BYTES_AT_ONCE if count > 1 else None))
        except OperationFailure as error:
            if not is_too_much(error):
                raise
            return
        # Messages behind the found ones may have been written since. Only a full window is known to miss none of them.
        if window == (low, high) or cut or len(found) == count:
            self._ahead = _ReadAhead(window, room, found, cut)

    async def rows(
        self, low: int, high: int, count: int, *, thread: ThreadRow, upward: bool
    ) -> tuple[list[MessageRow], bool]:
        """Up to `count` rows with `low < seq <= high`, from the low end upward or from the high end downward.

        Messages above the newest number in the summary of `thread` are read too. Its cuts hide messages.

        Also returns whether the rows were cut because more would be too large. The rows have all messages of a batch in
        the range, or none. If a hidden batch was completed during the scan, the scan begins again.
        """
        self._thread, windows = thread, NumberWindows(thread)
        if self._ahead and (ranges_of(thread) or _has_marks(self._ahead.found)):
            self._ahead = None  # the thread may have changed between the two reads
        considered = set[str]()
        while True:
            hidden: dict[str, int] = {}
            rows, cut = await self._collect(windows, low, high, count, hidden, upward=upward)
            settled = await settled_batches(self._documents, self._thread_id, hidden) if hidden else set[str]()
            if settled <= considered:
                return rows, cut
            considered |= settled

    async def _collect(
        self, windows: NumberWindows, low: int, high: int, count: int, hidden: dict[str, int], *, upward: bool
    ) -> tuple[list[MessageRow], bool]:
        """Like `rows`, in one scan. Adds to `hidden` the batches that it found incomplete, with their last numbers."""
        rows: list[MessageRow] = []
        ahead, self._ahead = self._ahead, None
        most = count if ahead else count + windows.missing(count)
        cut_away = 0 if ahead else windows.cut_away(low, high, count, upward=upward)
        width, widest, at_once = most + cut_away, _WIDEST_WINDOW, most + cut_away
        elements, page = ahead.room if ahead else Room(self._size.elements), PageBytes(self._size.bytes)
        while low < high and len(rows) < count:
            if not elements.is_left and ahead is None:
                return rows, True
            low, high = windows.without_cuts(low, high, upward=upward)
            if low >= high:
                break
            window = ahead.window if ahead else windows.next(low, high, width, upward=upward)
            wanted = max(most - len(rows), at_once)
            reading = _Reading(wanted, upward, elements, BYTES_AT_ONCE if width > 1 else None)
            read = await self._read_if_small(*window, reading, ahead)
            ahead = None
            if read is None:
                width = widest = max(1, width // _NARROWING)
                page.in_parts = True
                continue
            found, shown, cut = read
            if cut or len(found) == reading.count:  # the window may have more rows: go on behind the last row
                low, high = (found[-1]["seq"], high) if upward else (low, found[-1]["seq"] - 1)
            else:
                low, high = (window[1], high) if upward else (low, window[0])
            if len(shown) < len(found):
                shown_batches = _batch_ends(shown)
                hidden |= {batch: end for batch, end in _batch_ends(found).items() if batch not in shown_batches}
            at_once = 1 if shown or not found else min(max(wanted, width) * _WIDENING, _MOST_HIDDEN_AT_ONCE)
            rows += shown[: most - len(rows)]
            end = page.end_of(rows, found, cut=cut)
            if end is not None:
                return rows[: min(end, count)], True
            if not found and width == _WIDEST_WINDOW:
                low, high = await skip_gap(self._documents.messages, self._thread_id, low, high, upward=upward)
            if not found:
                widest = min(widest * _NARROWING, _WIDEST_WINDOW)
            width = min(width * _WIDENING, widest)
        return rows[:count], False

    async def _read_if_small(
        self, low: int, high: int, reading: _Reading, ahead: _ReadAhead | None
    ) -> tuple[list[MessageRow], list[MessageRow], bool] | None:
        """Like `_read_whole`. None if the window holds more bytes than one read may load."""
        try:
            return await self._read_whole(low, high, reading, ahead)
        except OperationFailure as error:
            if reading.most_bytes is None or not is_too_much(error):
                raise
            return None

    async def _read_whole(
        self, low: int, high: int, reading: _Reading, ahead: _ReadAhead | None
    ) -> tuple[list[MessageRow], list[MessageRow], bool]:
        """All rows of a window, its visible rows, and whether the rows were cut.

        The window is read again if a batch was completed between the read and the check of its visibility.
        """
        complete = set[str]()
        while True:
            found, cut = (ahead.found, ahead.cut) if ahead else await self._read(low, high, reading)
            ahead = None
            self.saw_marks |= _has_marks(found)
            shown = await visible(self._documents, found, self._thread)
            if shown is found:  # no row belongs to a batch
                return found, shown, cut
            # The ends of batches come in the next window.
            is_partial = reading.upward and (cut or len(found) == reading.count)
            completed = set[str]() if is_partial else incompletely_read(found, shown, high)
            if completed <= complete:
                return found, shown, cut
            complete |= completed

    async def _read(self, low: int, high: int, reading: _Reading) -> tuple[list[MessageRow], bool]:
        window = {"thread_id": self._thread_id, "seq": {"$gt": low, "$lte": high}, **self._indexed}
        order, count = 1 if reading.upward else -1, reading.count
        if not self._rest:
            # To leave fields out would take a third of the embedded server's time.
            leaves_out = self._projection is MESSAGE_PROJECTION
            rows, cut = await self._documents.fast_messages.find(
                window,
                None if leaves_out else self._projection,
                sort={"seq": order},
                limit=count,
                room=reading.room,
                most_bytes=reading.most_bytes,
            )
            for row in rows if leaves_out else ():
                for name in MESSAGE_PROJECTION:
                    row.pop(name, None)  # type: ignore[misc]  # a record has no such field
            return rows, cut
        # Two stages: the embedded server uses an index only if the index serves the whole first stage.
        stages: list[dict[str, Any]] = [{"$match": window}, {"$match": self._rest}, {"$sort": {"seq": order}}]
        stages += [{"$limit": count}, {"$project": self._projection}]
        cursor = await self._documents.messages.aggregate(stages, batchSize=count + 1, **comment_of(reading.most_bytes))
        return await read_until_cut(cursor, self._size.bytes, reading.room)


async def read_until_cut(cursor: AsyncCommandCursor[R], page_bytes: int, room: Room) -> tuple[list[R], bool]:
    """All rows and False, if one reply holds them. Else the rows until `page_bytes` are exceeded, and True.

    The rows also end with the row that exceeds `room`.
    """
    rows = await cursor.to_list(1)
    if not cursor.cursor_id:
        rows += await cursor.to_list()
        return _until_full(rows, room)
    bytes_left = page_bytes - sum(map(row_size, rows))
    async with cursor:
        async for row in cursor:
            rows.append(row)
            bytes_left -= row_size(row)
            if bytes_left < 0:
                return _until_full(rows, room)[0], True
    return _until_full(rows, room)


def _until_full(rows: list[R], room: Room) -> tuple[list[R], bool]:
    """The rows up to and including the row that exceeds `room`, and whether there are more."""
    for index, row in enumerate(rows):
        if not room.is_left:
            return rows[:index], True
        room.elements -= elements_of(row)
    return rows, False


def _batch_ends(rows: list[MessageRow]) -> dict[str, int]:
    """The ids of the batches in these rows, with the last number of each batch."""
    return {
        row["batch"]["id"]: row["batch"]["end"]
        for row in rows
        if "batch" in row and not is_placeholder(row) and not is_commit(row) and not is_marked_cut(row)
    }


def _has_marks(rows: list[MessageRow]) -> bool:
    """Whether a row belongs to a commit or a cut."""
    return any(is_commit(row) or is_marked_cut(row) for row in rows if "batch" in row)
