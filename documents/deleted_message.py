"""What stays of a deleted message: its place, so that cursors that name it keep working."""

from __future__ import annotations

from datetime import datetime
from typing import NotRequired, TypedDict

from beanie import Document
from pymongo import ASCENDING, IndexModel

from .optional_key import Sometimes

KEPT_SECONDS = 30 * 24 * 3600


class DeletedMessage(Document):
    """The tombstone of one message; nothing of what was said."""

    id: str  # type: ignore[assignment]  # ours are strings
    thread_id: str
    seq: int
    number: int
    """Counts the deletions of a thread as `seq` counts its messages: what makes `deleted_count` exact after a crash."""
    deleted_at: datetime
    created_at: Sometimes[datetime] = None
    """When the message was created, so that the figures of that day can follow; only where it was ever visible."""
    unfinished: Sometimes[bool] = None
    """Only until the message is gone and the thread's summary has followed."""

    class Settings:
        """Where tombstones are kept, and the query each index serves."""

        name = "deleted_messages"
        indexes = (
            IndexModel([("thread_id", ASCENDING), ("number", ASCENDING)], unique=True),
            # What the sweeper has to finish.
            IndexModel([("unfinished", ASCENDING)], partialFilterExpression={"unfinished": True}),
            # A cursor to a deleted message works for thirty days.
            IndexModel([("deleted_at", ASCENDING)], expireAfterSeconds=KEPT_SECONDS),
        )


class DeletedMessageRow(TypedDict):
    """A stored tombstone as the driver returns it."""

    _id: str
    thread_id: str
    seq: int
    number: int
    deleted_at: datetime
    created_at: NotRequired[datetime]
    unfinished: NotRequired[bool]
