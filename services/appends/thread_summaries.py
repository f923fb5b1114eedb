"""Summaries of threads: read, brought up to their newest messages, and advanced by appends that were inserted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...documents import NEWEST
from ...errors import ThreadNotFound
from ..database import twice
from .previews import PREVIEW_FIELDS, newest_preview_of
from .summary import living, summary

if TYPE_CHECKING:
    from datetime import datetime

    from ...documents import Documents
    from .ticket import Ticket


class ThreadSummaries:
    """Reads and advances the summaries of threads. A summary never goes back."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def read_last(self, thread_id: str) -> int:
        """The newest number in the summary of the thread. It may lag behind the messages. Raises `ThreadNotFound`."""
        thread = await twice(lambda: self._documents.fast_threads.find_one(living(thread_id), {"last_seq": 1}))
        if thread is None:
            raise ThreadNotFound(thread_id)
        return thread["last_seq"]

    async def catch_up(self, thread_id: str) -> int:
        """Bring the summary of the thread up to its newest message. Returns the number of that message.

        A summary lags if a process was killed between the insert and the update. Raises `ThreadNotFound`.
        """
        last = await self.read_last(thread_id)
        newest = (
            await self._documents.messages.find(
                {"thread_id": thread_id, "seq": {"$gt": last, "$lte": NEWEST}},
                {**PREVIEW_FIELDS, "created_at": 1, "batch": 1},
            )
            .sort("seq", -1)
            .limit(1)
            .to_list()
        )
        if not newest:
            return last
        shown = [row for row in newest if "batch" not in row]
        await self.advance(thread_id, newest[0]["seq"], newest[0]["created_at"], newest_preview_of(shown))
        return newest[0]["seq"]

    async def advance(
        self, thread_id: str, last_seq: int, last_message_at: datetime, preview: dict[str, Any] | None
    ) -> bool:
        """Advance the summary to this number and time. Returns False if the thread is deleted or does not exist."""
        update = summary(last_seq, last_message_at, preview)
        result = await twice(lambda: self._documents.thread_writes.update_one(living(thread_id), update))
        return result.matched_count == 1

    async def answer_inserted(self, thread_id: str, tickets: list[Ticket]) -> None:
        """Update the summary of the thread and answer the tickets. If the thread is deleted, remove their messages again."""
        if not tickets:
            return
        rows = [row for ticket in tickets for row in ticket.rows]
        newest = max(row["created_at"] for row in rows)
        if await self.advance(thread_id, rows[-1]["seq"], newest, newest_preview_of(rows)):
            for ticket in tickets:
                ticket.succeed()
            return
        await self._documents.messages.delete_many(
            {"thread_id": thread_id, "seq": {"$gte": rows[0]["seq"], "$lte": rows[-1]["seq"]}}
        )
        for ticket in tickets:
            ticket.fail(ThreadNotFound(thread_id))


def numbers_after(last: int) -> int:
    """How many numbers a thread has after this one."""
    return max(0, NEWEST - 1 - last)
