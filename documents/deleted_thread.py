"""Tombstones of deleted threads: their ids, kept for thirty days.

With them, the sweeper removes messages that were written while the thread was deleted, and the daily facts follow.
"""

from __future__ import annotations

from datetime import datetime

from beanie import Document
from pymongo import ASCENDING, IndexModel

from .optional_key import Sometimes

KEPT_SECONDS = 30 * 24 * 3600


class DeletedThread(Document):
    """The tombstone of a thread whose rows are purged. It holds nothing of the content."""

    id: str  # type: ignore[assignment]  # ids of Threadkeep are strings
    deleted_at: datetime
    unfinished: Sometimes[bool] = None
    """True until the sweeper has looked for late messages; then absent."""

    class Settings:
        """The collection, and the query that each index serves."""

        name = "deleted_threads"
        indexes = (
            # Threads that the sweeper checks for late messages.
            IndexModel([("unfinished", ASCENDING)], partialFilterExpression={"unfinished": True}),
            # Recent deletions, whose daily facts must follow. Removed after thirty days.
            IndexModel([("deleted_at", ASCENDING)], expireAfterSeconds=KEPT_SECONDS),
        )
