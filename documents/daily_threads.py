"""Daily facts: the messages and bytes of each active thread."""

from __future__ import annotations

from datetime import datetime

from beanie import Document
from pymongo import ASCENDING, IndexModel


class DailyThreads(Document):
    """Counts of the messages of one thread on one day (UTC). Computed from `messages`; can be computed again."""

    id: str  # type: ignore[assignment]  # ids of Threadkeep are strings
    day: datetime
    thread_id: str
    owner_id: str | None
    messages: int
    user_messages: int
    bytes: int
    """Bytes of the messages as BSON: before the storage engine compresses them, and without indexes."""
    computed_at: datetime

    class Settings:
        """The collection, and the query that each index serves."""

        name = "daily_threads"
        indexes = (
            # The days of a period.
            IndexModel([("day", ASCENDING)]),
            # The growth of the data of an owner.
            IndexModel([("owner_id", ASCENDING), ("day", ASCENDING)]),
            # The days of a thread: their facts change when the thread is deleted.
            IndexModel([("thread_id", ASCENDING), ("day", ASCENDING)]),
        )
