"""Walks through users, threads and their messages, in steps of about a thousand, from any place on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import pymongo

from ...documents import NEWEST
from ...services.appends.batches import visible

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from pymongo.asynchronous.cursor import AsyncCursor

    from ...documents import Documents, MessageRow, ThreadRow
    from .selection import Selection

R = TypeVar("R", bound="Mapping[str, Any]")

STEP = 1000
STEP_CHARACTERS = 8 * 1024 * 1024
READ_SECONDS = 300
"""What one answer of the database may take; a small server sorts all threads before the first one."""
_READ_ROWS = 200


@dataclass(frozen=True, slots=True)
class ExportPosition:
    """Where to go on: after this user, or in this thread after this message."""

    user_id: str = ""
    thread_id: str = ""
    seq: int = 0


@dataclass(slots=True)
class Piece:
    """Messages of one thread, the first ones if it `begins` here."""

    thread: ThreadRow
    begins: bool
    messages: list[MessageRow] = field(default_factory=list)


@dataclass(slots=True)
class Step:
    """What was read between two places."""

    place: ExportPosition
    users: list[dict[str, Any]] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    count: int = 0
    characters: int = 0

    @property
    def full(self) -> bool:
        """Whether it is time to write it down."""
        return self.count >= STEP or self.characters >= STEP_CHARACTERS

    def add(self, thread: ThreadRow, row: MessageRow | None) -> None:
        """The beginning of a thread, where there is no row, or its next message."""
        if not self.pieces or self.pieces[-1].thread["_id"] != thread["_id"]:
            self.pieces.append(Piece(thread, begins=row is None))
        if row is not None:
            self.pieces[-1].messages.append(row)
            self.characters += len(row["content"])
        self.count += 1
        self.place = ExportPosition(self.place.user_id, thread["_id"], 0 if row is None else row["seq"])


async def walk(documents: Documents, selection: Selection, place: ExportPosition) -> AsyncIterator[Step]:
    """Everything selected that follows `place`, by id: users, then each thread followed by its messages."""
    step = Step(place)
    if not place.thread_id:
        async for user in _users(documents, selection, place):
            step.users.append(user)
            step.count += 1
            step.place = ExportPosition(user["_id"])
            if step.full:
                yield step
                step = Step(step.place)
    async for thread, row in _threads(documents, selection, place):
        step.add(thread, row)
        if step.full:
            yield await _without_deleted(documents, step)
            step = Step(step.place)
    yield await _without_deleted(documents, step)


async def _without_deleted(documents: Documents, step: Step) -> Step:
    """A thread whose deletion began while its messages were read may be half gone: it is left out."""
    ids = [piece.thread["_id"] for piece in step.pieces]
    with pymongo.timeout(READ_SECONDS):
        found = documents.threads.find({"_id": {"$in": ids}, "deleted_at": None}, {"_id": 1})
        alive = {row["_id"] async for row in found} if ids else set()
        step.pieces = [piece for piece in step.pieces if piece.thread["_id"] in alive]
        for piece in step.pieces:
            piece.messages = await visible(documents, piece.messages)
    return step


def _users(documents: Documents, selection: Selection, place: ExportPosition) -> AsyncIterator[dict[str, Any]]:
    filters = {"$and": [selection.users(), {"_id": {"$gt": place.user_id}}]}
    return _patiently(documents.users.get_pymongo_collection().find(filters, sort=[("_id", 1)]))


async def _threads(
    documents: Documents, selection: Selection, place: ExportPosition
) -> AsyncIterator[tuple[ThreadRow, MessageRow | None]]:
    """Each thread, then each of its messages; short threads are read many at once."""
    filters = {**selection.threads(), "_id": {"$gte": place.thread_id}}
    group: list[ThreadRow] = []
    size = 0
    async for thread in _patiently(documents.threads.find(filters, sort=[("_id", 1)])):
        begun = thread["_id"] == place.thread_id
        if begun or thread["last_seq"] > STEP or size >= STEP:
            async for found in _short(documents, selection, group):
                yield found
            group, size = [], 0
        if begun or thread["last_seq"] > STEP:
            async for found in _long(documents, selection, thread, place.seq if begun else 0, begun=begun):
                yield found
        else:
            group.append(thread)
            size += 1 + thread["last_seq"]
    async for found in _short(documents, selection, group):
        yield found


async def _short(
    documents: Documents, selection: Selection, threads: list[ThreadRow]
) -> AsyncIterator[tuple[ThreadRow, MessageRow | None]]:
    if not threads:
        return
    waiting = iter(threads)
    current = next(waiting)
    begun = False
    filters = {"thread_id": {"$in": [thread["_id"] for thread in threads]}, **selection.messages()}
    async for row in _patiently(documents.messages.find(filters, sort=[("thread_id", 1), ("seq", 1)])):
        while row["thread_id"] != current["_id"]:
            if not begun and selection.holds(current["created_at"]):
                yield current, None
            current, begun = next(waiting), False
        if not begun:
            yield current, None
        begun = True
        yield current, row
    for thread in (current, *waiting) if not begun else waiting:
        if selection.holds(thread["created_at"]):
            yield thread, None


async def _long(
    documents: Documents, selection: Selection, thread: ThreadRow, after: int, *, begun: bool
) -> AsyncIterator[tuple[ThreadRow, MessageRow | None]]:
    if not begun and selection.holds(thread["created_at"]):
        yield thread, None
        begun = True
    while after < NEWEST:
        end = after + STEP if after + STEP < thread["last_seq"] else NEWEST
        filters = {"thread_id": thread["_id"], "seq": {"$gt": after, "$lte": end}, **selection.messages()}
        async for row in _patiently(documents.messages.find(filters, sort=[("seq", 1)])):
            if not begun:
                yield thread, None
                begun = True
            yield thread, row
        after = end


async def _patiently(cursor: AsyncCursor[R]) -> AsyncIterator[R]:
    """The rows of a cursor, each answer with more time than a request has."""
    while cursor.alive:
        with pymongo.timeout(READ_SECONDS):
            rows = await cursor.to_list(_READ_ROWS)
        for row in rows:
            yield row
