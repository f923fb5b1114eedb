"""Facts of a day: what each role and assistant said."""

from __future__ import annotations

from datetime import datetime

from beanie import Document
from pymongo import ASCENDING, IndexModel


class DailyMessages(Document):
    """The messages of one day (UTC) from one role and assistant; computed from `messages`, never the only copy of anything."""

    id: str  # type: ignore[assignment]  # ours are strings
    day: datetime
    role: str
    assistant_id: str | None
    messages: int
    threads: int
    characters: int
    tool_calls: int
    answers: int
    """First messages of the assistant within a day of the user message before them; 0 for other roles."""
    answer_seconds: float
    """How long all of them together took, so that the mean of several days can be told."""
    answer_p50: float | None
    answer_p90: float | None
    answer_p99: float | None
    computed_at: datetime

    class Settings:
        """Where they are kept, and the query each index serves."""

        name = "daily_messages"
        indexes = (
            # The days of a range.
            IndexModel([("day", ASCENDING)]),
        )
