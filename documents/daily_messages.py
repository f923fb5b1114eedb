"""Daily facts: the messages of each role and assistant."""

from __future__ import annotations

from datetime import datetime

from beanie import Document
from pymongo import ASCENDING, IndexModel


class DailyMessages(Document):
    """Counts of the messages of one day (UTC) from one role and assistant. Computed from `messages`; can be computed again."""

    id: str  # type: ignore[assignment]  # ids of Threadkeep are strings
    day: datetime
    role: str
    assistant_id: str | None
    messages: int
    threads: int
    characters: int
    tool_calls: int
    answers: int
    """Answers: the first message of the assistant after a user message, at most one day later. 0 for other roles."""
    answer_seconds: float
    """The sum of the seconds that the answers took. With it, the mean of several days can be computed."""
    answer_p50: float | None
    answer_p90: float | None
    answer_p99: float | None
    computed_at: datetime

    class Settings:
        """The collection, and the query that each index serves."""

        name = "daily_messages"
        indexes = (
            # The days of a period.
            IndexModel([("day", ASCENDING)]),
        )
