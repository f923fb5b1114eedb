"""What stays of a deleted thread for a while: its id.

By it a message that was written at the same moment is found and removed, and the figures of its days can follow.
"""

from __future__ import annotations

from datetime import datetime

from beanie import Document
from pymongo import ASCENDING, IndexModel

from .optional_key import Sometimes

KEPT_SECONDS = 30 * 24 * 3600


class DeletedThread(Document):
    """A thread that is gone with all its messages; nothing of what was said."""

    id: str  # type: ignore[assignment]  # ours are strings
    deleted_at: datetime
    unfinished: Sometimes[bool] = None
    """Only until the sweeper has looked a last time."""

    class Settings:
        """Where they are kept, and the query each index serves."""

        name = "deleted_threads"
        indexes = (
            # What the sweeper looks at a last time.
            IndexModel([("unfinished", ASCENDING)], partialFilterExpression={"unfinished": True}),
            # What was deleted lately: the days whose figures follow. Kept for thirty days.
            IndexModel([("deleted_at", ASCENDING)], expireAfterSeconds=KEPT_SECONDS),
        )
