"""Facts of a day: which threads were active, and how much was stored for whom."""

from __future__ import annotations

from datetime import datetime

from beanie import Document
from pymongo import ASCENDING, IndexModel


class DailyThreads(Document):
    """What was said in one thread on one day (UTC); computed from `messages`, never the only copy of anything."""

    id: str  # type: ignore[assignment]  # ours are strings
    day: datetime
    thread_id: str
    owner_id: str | None
    messages: int
    user_messages: int
    bytes: int
    """The messages as BSON, before the storage engine compresses them and without indexes."""
    computed_at: datetime

    class Settings:
        """Where they are kept, and the query each index serves."""

        name = "daily_threads"
        indexes = (
            # The days of a range.
            IndexModel([("day", ASCENDING)]),
            # The growth of an owner.
            IndexModel([("owner_id", ASCENDING), ("day", ASCENDING)]),
            # The days of a thread: those that change when it is deleted.
            IndexModel([("thread_id", ASCENDING), ("day", ASCENDING)]),
        )
