"""Reads users, threads and their messages by id, in steps of about 1,000 rows or 8 MiB, from any position."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pymongo
from pymongo.errors import OperationFailure

from ...documents import NEWEST, comment_of, is_too_much
from ...services import Tuning, is_shown, row_size, skip_gap, visible
from .external_ids import add_namers
from .rows_by_id import READ_SECONDS, next_row, rows_by_id

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ...documents import Documents, MessageRow, ThreadRow
    from .selection import Selection

STEP_ROWS = 1000
_TUNING = Tuning()
_NARROWING = 4
"""A range of rows that holds too many bytes for one read is divided by this."""


@dataclass(frozen=True, slots=True)
class ExportPosition:
    """The last row that was read: a user, or a message of a thread. Reading continues after it."""

    user_id: str = ""
    thread_id: str = ""
    seq: int = 0


@dataclass(slots=True)
class ThreadPiece:
    """Consecutive messages of one thread. The thread itself belongs to its first piece: `begins` is true there."""

    thread: ThreadRow
    begins: bool
    messages: list[MessageRow] = field(default_factory=list)


@dataclass(slots=True)
class Step:
    """The rows between two positions; `position` is the last row of the step."""

    position: ExportPosition
    max_rows: int = STEP_ROWS
    max_bytes: int = _TUNING.export_step_bytes
    users: list[dict[str, Any]] = field(default_factory=list)
    pieces: list[ThreadPiece] = field(default_factory=list)
    count: int = 0
    size: int = 0
    """The bytes of all rows, as the database stores them."""

    @property
    def full(self) -> bool:
        """Whether the step has enough rows or bytes to be written."""
        return self.count >= self.max_rows or self.size >= self.max_bytes

    def add_user(self, user: dict[str, Any]) -> None:
        """Add the next user."""
        self.users.append(user)
        self.count += 1
        self.size += row_size(user)
        self.position = ExportPosition(user["_id"])

    def add(self, thread: ThreadRow, row: MessageRow | None) -> None:
        """Add the next message of a thread, or the thread itself if `row` is None."""
        if not self.pieces or self.pieces[-1].thread["_id"] != thread["_id"]:
            self.pieces.append(ThreadPiece(thread, begins=row is None))
        if row is not None:
            self.pieces[-1].messages.append(row)
        self.count += 1
        self.size += row_size(thread if row is None else row)
        self.position = ExportPosition(self.position.user_id, thread["_id"], 0 if row is None else row["seq"])


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is read at once."""

    step_rows: int = STEP_ROWS
    """A step has about so many rows. A thread of more messages is read alone."""
    tuning: Tuning = _TUNING

    def step(self, position: ExportPosition) -> Step:
        """An empty step, which begins after this position."""
        return Step(position, self.step_rows, self.tuning.export_step_bytes)


async def read_steps(
    documents: Documents, selection: Selection, position: ExportPosition, sizes: Sizes | None = None
) -> AsyncIterator[Step]:
    """Yield the selected rows after `position`: users by id, then threads by id, each followed by its messages."""
    sizes = sizes or Sizes()
    step = sizes.step(position)
    if not position.thread_id:
        async for user in _users(documents, selection, position, sizes):
            step.add_user(user)
            if step.full:
                yield step
                step = sizes.step(step.position)
    async for thread, row in _threads(documents, selection, position, sizes):
        step.add(thread, row)
        if step.full:
            yield await _without_deleted(documents, step)
            step = sizes.step(step.position)
    yield await _without_deleted(documents, step)


async def _without_deleted(documents: Documents, step: Step) -> Step:
    """Drop threads that were deleted while their messages were read, and messages that are not visible.

    The purge of such a thread may have removed a part of its messages already.
    """
    ids = [piece.thread["_id"] for piece in step.pieces]
    with pymongo.timeout(READ_SECONDS):
        found = documents.threads.find({"_id": {"$in": ids}, "deleted_at": None}, {"_id": 1})
        alive = {row["_id"] async for row in found} if ids else set()
        step.pieces = [piece for piece in step.pieces if piece.thread["_id"] in alive]
        for piece in step.pieces:
            piece.messages = await visible(documents, piece.messages)
        await add_namers(documents, (piece.thread for piece in step.pieces if piece.begins))
    return step


async def _users(
    documents: Documents, selection: Selection, position: ExportPosition, sizes: Sizes
) -> AsyncIterator[dict[str, Any]]:
    users = documents.users.get_pymongo_collection()
    if selection.user_id is None:
        start, page_rows = {"$gt": position.user_id}, sizes.tuning.export_page_rows
        async for user in rows_by_id(documents, users, selection.users(), start, page_rows):
            yield user
    elif selection.user_id > position.user_id:
        one = await next_row(users.find(selection.users()))
        if one is not None:
            yield one


async def _threads(
    documents: Documents, selection: Selection, position: ExportPosition, sizes: Sizes
) -> AsyncIterator[tuple[ThreadRow, MessageRow | None]]:
    """Yield each thread, then each of its messages. One query reads many short threads."""
    group: list[ThreadRow] = []
    size = group_bytes = 0
    start, page_rows = {"$gte": position.thread_id}, sizes.tuning.export_page_rows
    async for thread in rows_by_id(documents, documents.threads, selection.threads(), start, page_rows):
        begun = thread["_id"] == position.thread_id
        is_long = begun or thread["last_seq"] > sizes.step_rows
        if is_long or size >= sizes.step_rows or group_bytes >= sizes.tuning.export_step_bytes:
            async for found in _short_threads(documents, selection, group, sizes):
                yield found
            group, size, group_bytes = [], 0, 0
        if is_long:
            after = position.seq if begun else 0
            async for found in _long_thread(documents, selection, thread, after, sizes, begun=begun):
                yield found
        else:
            group.append(thread)
            size += 1 + thread["last_seq"]
            group_bytes += row_size(thread)
    async for found in _short_threads(documents, selection, group, sizes):
        yield found


async def _short_threads(
    documents: Documents, selection: Selection, threads: list[ThreadRow], sizes: Sizes
) -> AsyncIterator[tuple[ThreadRow, MessageRow | None]]:
    """Yield the threads of a group with their messages. A group that holds too many bytes is read in parts."""
    if not threads:
        return
    filters = {"thread_id": {"$in": [thread["_id"] for thread in threads]}, **selection.messages()}
    try:
        rows = await _begun(documents, filters, [("thread_id", 1), ("seq", 1)], sizes.tuning.export_read_bytes)
    except OperationFailure as error:
        if not is_too_much(error):
            raise
        rows = None
    if rows is not None:
        async for found in _merged(selection, threads, _shown(threads, rows)):
            yield found
        return
    if len(threads) == 1:
        narrow = replace(sizes, step_rows=max(1, threads[0]["last_seq"] // _NARROWING))
        async for found in _long_thread(documents, selection, threads[0], 0, narrow, begun=False):
            yield found
        return
    size = -(-len(threads) // _NARROWING)
    for start in range(0, len(threads), size):
        async for found in _short_threads(documents, selection, threads[start : start + size], sizes):
            yield found


async def _shown(threads: list[ThreadRow], rows: AsyncIterator[MessageRow]) -> AsyncIterator[MessageRow]:
    """Yield the rows that their threads show. Rows of commits that were not made, and rows in cuts, are left out."""
    by_id = {thread["_id"]: thread for thread in threads}
    async for row in rows:
        if is_shown(by_id[row["thread_id"]], row):
            yield row


async def _merged(
    selection: Selection, threads: list[ThreadRow], rows: AsyncIterator[MessageRow]
) -> AsyncIterator[tuple[ThreadRow, MessageRow | None]]:
    """Yield each thread before its messages. `rows` are the messages of all threads, in the order of the threads."""
    remaining = iter(threads)
    current = next(remaining)
    begun = False
    async for row in rows:
        while row["thread_id"] != current["_id"]:
            if not begun and selection.holds(current["created_at"]):
                yield current, None
            current, begun = next(remaining), False
        if not begun:
            yield current, None
        begun = True
        yield current, row
    for thread in (current, *remaining) if not begun else remaining:
        if selection.holds(thread["created_at"]):
            yield thread, None


async def _long_thread(
    documents: Documents, selection: Selection, thread: ThreadRow, after: int, sizes: Sizes, *, begun: bool
) -> AsyncIterator[tuple[ThreadRow, MessageRow | None]]:
    if not begun and selection.holds(thread["created_at"]):
        yield thread, None
        begun = True
    async for row in _windows(documents, selection, thread, after, sizes):
        if not begun:
            yield thread, None
            begun = True
        yield thread, row


async def _windows(
    documents: Documents, selection: Selection, thread: ThreadRow, after: int, sizes: Sizes
) -> AsyncIterator[MessageRow]:
    """Yield the messages of a thread behind `after`, in windows of numbers. A window of too many bytes is narrowed."""
    width, was_refused = sizes.step_rows, False
    while after < NEWEST:
        # The last window takes all remaining numbers, unless a window held too many bytes.
        takes_all = after + width >= thread["last_seq"] and not was_refused
        end = NEWEST if takes_all else min(after + width, NEWEST)
        filters = {"thread_id": thread["_id"], "seq": {"$gt": after, "$lte": end}, **selection.messages()}
        try:
            most_bytes = sizes.tuning.export_read_bytes if end - after > 1 else None
            rows = await _begun(documents, filters, [("seq", 1)], most_bytes)
        except OperationFailure as error:
            if end - after <= 1 or not is_too_much(error):
                raise
            width, was_refused = max(1, min(end - after, sizes.step_rows) // _NARROWING), True
            continue
        found = False
        async for row in _shown([thread], rows):
            yield row
            found = True
        after, width = end, min(width * _NARROWING, sizes.step_rows)
        if not found and after < NEWEST:
            with pymongo.timeout(READ_SECONDS):
                after, _ = await skip_gap(documents.messages, thread["_id"], after, NEWEST)


async def _begun(
    documents: Documents, filters: dict[str, Any], sort: list[tuple[str, int]], most_bytes: int | None
) -> AsyncIterator[MessageRow]:
    """The rows of a query whose first row is read. Raises if they hold more bytes than the database may load at once."""
    cursor = documents.messages.find(filters, sort=sort, **comment_of(most_bytes))
    first = await next_row(cursor)

    async def rows() -> AsyncIterator[MessageRow]:
        row = first
        while row is not None:
            yield row
            row = await next_row(cursor)

    return rows()
