"""Daily facts: the messages of each active user."""

from __future__ import annotations

from datetime import datetime

from beanie import Document
from pymongo import ASCENDING, IndexModel


class DailyUsers(Document):
    """Counts of the messages of one user on one day (UTC). Computed from `messages`; can be computed again."""

    id: str  # type: ignore[assignment]  # ids of Threadkeep are strings
    day: datetime
    user_id: str
    messages: int
    threads: int
    characters: int
    computed_at: datetime

    class Settings:
        """The collection, and the query that each index serves."""

        name = "daily_users"
        indexes = (
            # The users of a period, read from the index alone.
            IndexModel([("day", ASCENDING), ("user_id", ASCENDING), ("messages", ASCENDING)]),
            # The days of a user: for the first active day, and for erasure.
            IndexModel([("user_id", ASCENDING), ("day", ASCENDING)]),
        )
