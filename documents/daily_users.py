"""Facts of a day: which users were there."""

from __future__ import annotations

from datetime import datetime

from beanie import Document
from pymongo import ASCENDING, IndexModel


class DailyUsers(Document):
    """What one user said on one day (UTC); computed from `messages`, never the only copy of anything."""

    id: str  # type: ignore[assignment]  # ours are strings
    day: datetime
    user_id: str
    messages: int
    threads: int
    characters: int
    computed_at: datetime

    class Settings:
        """Where they are kept, and the query each index serves."""

        name = "daily_users"
        indexes = (
            # The users of a range of days, without reading the documents.
            IndexModel([("day", ASCENDING), ("user_id", ASCENDING), ("messages", ASCENDING)]),
            # The days of a user: when they came first, and erasure.
            IndexModel([("user_id", ASCENDING), ("day", ASCENDING)]),
        )
