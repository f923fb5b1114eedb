"""Creates whole threads for imports: each becomes visible together with all its messages, or nothing of it remains.

It uses the three steps of `services/creation/threads.py`, for many threads at once and for threads of any length. Until the
last step, `created_at` of a thread is the time of its last write. It tells the sweeper that the creation goes on, and it
identifies the writer: each writer has its own.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from pymongo import UpdateOne
from pymongo.errors import BulkWriteError

from ...clock import now
from ...documents import NEWEST, comment_of
from ...errors import IdTaken, Unavailable
from ..appends import anchor_beginning, newest_preview_of, stored_preview
from ..database import in_parts, rows_refused_as_taken, skip_gap
from ..deletion import PURGE_BATCH

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pymongo.asynchronous.collection import AsyncCollection

    from ...documents import Documents, MessageRow, ThreadRow

_TOO_SLOW = "The thread took too long to write, or somebody else is importing it."


async def insert_threads(
    documents: Documents, threads: Sequence[tuple[ThreadRow, list[MessageRow]]]
) -> dict[str, Exception]:
    """Insert new threads with their messages. Returns the errors of the threads that failed, by thread id.

    The error is `IdTaken` if the id of the thread or of a message is taken. It is `Unavailable` if another process has taken
    the thread over.
    """
    moment = now()
    for row, messages in threads:
        _set_preview(row, newest_preview_of(messages))
        anchor_beginning(messages)
    hidden = [_hidden(row, moment) for row, _ in threads]
    taken_threads = await insert_new(documents.threads, hidden)
    failed: dict[str, Exception] = {row["_id"]: IdTaken(row["_id"]) for row in taken_threads}
    written = [message for row, messages in threads if row["_id"] not in failed for message in messages]
    taken: dict[str, Exception] = {}
    for message in await insert_new(documents.messages, written):
        taken.setdefault(message["thread_id"], IdTaken(message["_id"]))
    for thread_id in taken:
        await discard(documents, thread_id, moment)
    failed |= taken
    complete = [row for row, _ in threads if row["_id"] not in failed]
    return failed | await _reveal(documents, complete, moment)


async def _reveal(documents: Documents, rows: list[ThreadRow], moment: datetime) -> dict[str, Exception]:
    if not rows:
        return {}
    updates = [
        UpdateOne(_still_creating(row["_id"], moment), _reveal_update({"created_at": row["created_at"]}))
        for row in rows
    ]
    result = await documents.threads.bulk_write(updates, ordered=False)
    if result.matched_count == len(rows):
        return {}
    ids = [row["_id"] for row in rows]
    visible = documents.threads.find({"_id": {"$in": ids}, "deleted_at": None}, {"_id": 1})
    visible_ids = {row["_id"] async for row in visible}
    return {thread_id: Unavailable(_TOO_SLOW) for thread_id in ids if thread_id not in visible_ids}


class BulkThread:
    """Creates one long thread in parts: `begin`, `write` for each part, then `end` or `discard`.

    Each method raises `Unavailable` if another process has taken the thread over.
    """

    def __init__(self, documents: Documents, thread_id: str) -> None:
        self._documents = documents
        self._thread_id = thread_id
        self._moment = now()
        self._preview: dict[str, Any] | None = None

    async def begin(self, row: ThreadRow) -> None:
        """Insert the thread, which is invisible. Raises `IdTaken` if its id is taken."""
        if await insert_new(self._documents.threads, [_hidden(row, self._moment)]):
            raise IdTaken(self._thread_id)

    async def write(self, rows: list[MessageRow]) -> None:
        """Insert the next messages. The sweeper sees that the creation goes on. Raises `IdTaken` if a message id is taken."""
        moment = now()
        await self._update({"$set": {"created_at": moment, "deleted_at": moment, "last_seq": rows[-1]["seq"]}})
        self._moment = moment
        self._preview = newest_preview_of(rows) or self._preview
        anchor_beginning(rows)
        taken = await insert_new(self._documents.messages, rows)
        if taken:
            raise IdTaken(taken[0]["_id"])

    async def end(self, row: ThreadRow) -> None:
        """Make the thread visible with the fields of `row`."""
        _set_preview(row, self._preview)
        fields = {name: value for name, value in row.items() if name not in ("_id", "deleted_at")}
        await self._update(_reveal_update(fields))

    async def discard(self) -> None:
        """Remove the thread and the messages that were written."""
        await discard(self._documents, self._thread_id, self._moment)

    async def _update(self, update: dict[str, Any]) -> None:
        result = await self._documents.threads.update_one(_still_creating(self._thread_id, self._moment), update)
        if not result.matched_count:
            raise Unavailable(_TOO_SLOW)


async def discard(documents: Documents, thread_id: str, moment: datetime) -> None:
    """Remove an unfinished thread with its messages, unless another process has taken it over.

    `moment` is the time of the last write of this process to the thread.
    """
    row = await documents.threads.find_one(_still_creating(thread_id, moment), {"last_seq": 1})
    if row is not None:
        await _remove_messages(documents, thread_id, row["last_seq"])
        await documents.threads.delete_one(_still_creating(thread_id, moment))


async def take_over(documents: Documents, row: ThreadRow) -> None:
    """Take over an unfinished thread, which a killed import left, and remove it. An import that still runs fails."""
    moment = now()
    result = await documents.threads.update_one(
        _still_creating(row["_id"], row["created_at"]), {"$set": {"created_at": moment, "deleted_at": moment}}
    )
    if result.matched_count:
        await discard(documents, row["_id"], moment)


async def _remove_messages(documents: Documents, thread_id: str, last_seq: int) -> None:
    """Remove the messages up to `last_seq` in bounded steps, then any others."""
    start = 0
    while start < last_seq:
        removed = 0
        async for count in in_parts(start, start + PURGE_BATCH, partial(_remove_part, documents, thread_id)):
            removed += count
        start += PURGE_BATCH
        if not removed and start < last_seq:
            start, _ = await skip_gap(documents.messages, thread_id, start, last_seq)
    await documents.messages.delete_many({"thread_id": thread_id, "seq": {"$gt": 0, "$lte": NEWEST}})


async def _remove_part(documents: Documents, thread_id: str, low: int, high: int, most_bytes: int | None) -> int:
    window = {"thread_id": thread_id, "seq": {"$gt": low, "$lte": high}}
    return (await documents.messages.delete_many(window, **comment_of(most_bytes))).deleted_count


async def insert_new(collection: AsyncCollection[Any], rows: list[Any]) -> list[Any]:
    """Insert the rows, and return the rows that were refused because their `_id` or another unique key is taken."""
    if not rows:
        return []
    try:
        await collection.insert_many(rows, ordered=False)
    except BulkWriteError as error:
        return [rows[index] for index in rows_refused_as_taken(error)]
    return []


def _set_preview(row: ThreadRow, preview: dict[str, Any] | None) -> None:
    if preview is not None:
        row["last_message"] = stored_preview(preview, preview["seq"])


def _hidden(row: ThreadRow, moment: datetime) -> ThreadRow:
    return {**row, "created_at": moment, "deleted_at": moment, "creating": True}


def _still_creating(thread_id: str, moment: datetime) -> dict[str, Any]:
    """Filter for the unfinished thread, unless another process has taken it over."""
    return {"_id": thread_id, "creating": True, "created_at": moment}


def _reveal_update(fields: dict[str, Any]) -> dict[str, Any]:
    return {"$set": {**fields, "deleted_at": None}, "$unset": {"creating": 1}}
