"""What stays of a deleted thread for a while: its id, so that a message written at the same moment is found and removed."""

from __future__ import annotations

from datetime import datetime

from beanie import Document
from pymongo import ASCENDING, IndexModel


class DeletedThread(Document):
    """A thread that is gone with all its messages; nothing of what was said."""

    id: str  # type: ignore[assignment]  # ours are strings
    deleted_at: datetime

    class Settings:
        """Where they are kept, and the query each index serves."""

        name = "deleted_threads"
        indexes = (
            # What the sweeper looks at a last time.
            IndexModel([("deleted_at", ASCENDING)]),
        )
