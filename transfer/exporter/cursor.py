"""Reads users, threads and their messages by id, in steps of about 1,000 rows or 8 MiB, from any position."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import bson
import pymongo

from ...documents import NEWEST
from ...services import skip_gap, visible
from .external_ids import add_namers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from pymongo.asynchronous.collection import AsyncCollection
    from pymongo.asynchronous.cursor import AsyncCursor

    from ...documents import Documents, MessageRow, ThreadRow
    from .selection import Selection

R = TypeVar("R", bound="Mapping[str, Any]")

STEP_ROWS = 1000
STEP_BYTES = 8 * 1024 * 1024
READ_SECONDS = 300
"""The timeout of one reply of the database. A server that sorts in memory sorts all threads before the first reply."""
_FREE_FIELDS = ("parts", "item", "tool_calls", "attachments", "meta_data", "incomplete_details")
_PAGE_ROWS = 1000


@dataclass(frozen=True, slots=True)
class ExportPosition:
    """The last row that was read: a user, or a message of a thread. Reading continues after it."""

    user_id: str = ""
    thread_id: str = ""
    seq: int = 0


@dataclass(slots=True)
class Piece:
    """Consecutive messages of one thread. The thread itself belongs to the piece that `begins` it."""

    thread: ThreadRow
    begins: bool
    messages: list[MessageRow] = field(default_factory=list)


@dataclass(slots=True)
class Step:
    """The rows between two positions; `position` is the last row of the step."""

    position: ExportPosition
    max_rows: int = STEP_ROWS
    users: list[dict[str, Any]] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    count: int = 0
    size: int = 0
    """The approximate bytes of the messages."""

    @property
    def full(self) -> bool:
        """Whether the step has enough rows or bytes to be written."""
        return self.count >= self.max_rows or self.size >= STEP_BYTES

    def add(self, thread: ThreadRow, row: MessageRow | None) -> None:
        """Add the next message of a thread, or the thread itself if `row` is None."""
        if not self.pieces or self.pieces[-1].thread["_id"] != thread["_id"]:
            self.pieces.append(Piece(thread, begins=row is None))
        if row is not None:
            self.pieces[-1].messages.append(row)
            self.size += _size(row)
        self.count += 1
        self.position = ExportPosition(self.position.user_id, thread["_id"], 0 if row is None else row["seq"])


def _size(row: MessageRow) -> int:
    free = {name: value for name in _FREE_FIELDS if (value := row.get(name))}
    return len(row["content"]) + (len(bson.encode(free)) if free else 0)


async def read_steps(
    documents: Documents, selection: Selection, position: ExportPosition, step_rows: int = STEP_ROWS
) -> AsyncIterator[Step]:
    """Yield the selected rows after `position`: users by id, then threads by id, each followed by its messages.

    A step has about `step_rows` rows. A thread of more messages is read alone.
    """
    step = Step(position, step_rows)
    if not position.thread_id:
        async for user in _users(documents, selection, position):
            step.users.append(user)
            step.count += 1
            step.position = ExportPosition(user["_id"])
            if step.full:
                yield step
                step = Step(step.position, step_rows)
    async for thread, row in _threads(documents, selection, position, step_rows):
        step.add(thread, row)
        if step.full:
            yield await _without_deleted(documents, step)
            step = Step(step.position, step_rows)
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


def _users(documents: Documents, selection: Selection, position: ExportPosition) -> AsyncIterator[dict[str, Any]]:
    users = documents.users.get_pymongo_collection()
    return _by_id(documents, users, selection.users(), {"$gt": position.user_id})


async def _threads(
    documents: Documents, selection: Selection, position: ExportPosition, step_rows: int
) -> AsyncIterator[tuple[ThreadRow, MessageRow | None]]:
    """Yield each thread, then each of its messages. One query reads many short threads."""
    group: list[ThreadRow] = []
    size = 0
    async for thread in _by_id(documents, documents.threads, selection.threads(), {"$gte": position.thread_id}):
        begun = thread["_id"] == position.thread_id
        is_long = begun or thread["last_seq"] > step_rows
        if is_long or size >= step_rows:
            async for found in _short_threads(documents, selection, group):
                yield found
            group, size = [], 0
        if is_long:
            start = position.seq if begun else 0
            async for found in _long_thread(documents, selection, thread, start, step_rows, begun=begun):
                yield found
        else:
            group.append(thread)
            size += 1 + thread["last_seq"]
    async for found in _short_threads(documents, selection, group):
        yield found


async def _short_threads(
    documents: Documents, selection: Selection, threads: list[ThreadRow]
) -> AsyncIterator[tuple[ThreadRow, MessageRow | None]]:
    if not threads:
        return
    remaining = iter(threads)
    current = next(remaining)
    begun = False
    filters = {"thread_id": {"$in": [thread["_id"] for thread in threads]}, **selection.messages()}
    async for row in _rows(documents.messages.find(filters, sort=[("thread_id", 1), ("seq", 1)])):
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
    documents: Documents, selection: Selection, thread: ThreadRow, after: int, step_rows: int, *, begun: bool
) -> AsyncIterator[tuple[ThreadRow, MessageRow | None]]:
    if not begun and selection.holds(thread["created_at"]):
        yield thread, None
        begun = True
    while after < NEWEST:
        end = after + step_rows if after + step_rows < thread["last_seq"] else NEWEST
        filters = {"thread_id": thread["_id"], "seq": {"$gt": after, "$lte": end}, **selection.messages()}
        found = False
        async for row in _rows(documents.messages.find(filters, sort=[("seq", 1)])):
            if not begun:
                yield thread, None
                begun = True
            yield thread, row
            found = True
        after = end
        if not found and after < NEWEST:
            with pymongo.timeout(READ_SECONDS):
                after, _ = await skip_gap(documents.messages, thread["_id"], after, NEWEST)


async def _by_id(
    documents: Documents, collection: AsyncCollection[R], filters: dict[str, Any], start: dict[str, str]
) -> AsyncIterator[R]:
    """Yield the rows by id, from `start`, in pages of 1,000 rows.

    No cursor stays open while the rows are written: the time limit of a query covers all its replies, and a server ends a
    session after thirty minutes. The embedded server has neither limit, and sorts all rows for each page: it reads one page.
    """
    while True:
        found = collection.find({"$and": [filters, {"_id": start}]}, sort=[("_id", 1)])
        if not documents.sorts_by_index:
            async for row in _rows(found):
                yield row
            return
        with pymongo.timeout(READ_SECONDS):
            rows = await found.limit(_PAGE_ROWS).to_list()
        for row in rows:
            yield row
        if len(rows) < _PAGE_ROWS:
            return
        start = {"$gt": rows[-1]["_id"]}


async def _rows(cursor: AsyncCursor[R]) -> AsyncIterator[R]:
    """Yield the rows of a database cursor, of which one reply is in memory at a time.

    Each reply may take `READ_SECONDS`, which is longer than the timeout of a request.
    """
    while True:
        with pymongo.timeout(READ_SECONDS):
            row = await anext(cursor, None)
        if row is None:
            return
        yield row
