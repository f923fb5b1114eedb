"""Tombstones of messages that were deleted one by one. They keep the position, so cursors that name the message keep working."""

from __future__ import annotations

from datetime import datetime
from typing import NotRequired, TypedDict

from beanie import Document
from pymongo import ASCENDING, IndexModel

from .index_filters import A_STRING
from .optional_key import Sometimes

KEPT_SECONDS = 30 * 24 * 3600


class DeletedMessage(Document):
    """The tombstone of one message. It holds nothing of the content."""

    id: str  # type: ignore[assignment]  # ids of Threadkeep are strings
    thread_id: str
    seq: int
    number: int
    """Counts the deletions of a thread: 1, 2, 3 … Its uniqueness keeps `deleted_count` exact after a crash.

    The tombstone of a message in a cut has `-seq`: cuts have a count of their own.
    """
    deleted_at: datetime
    created_at: Sometimes[datetime] = None
    """The creation time of the message, for the daily facts of that day. Absent if the message was never visible."""
    item_id: Sometimes[str] = None
    """The id that its writer gave the item. Absent if it had none."""
    cut_id: Sometimes[str] = None
    """The cut that removed the message. Absent if it was deleted by itself."""
    unfinished: Sometimes[bool] = None
    """True until the message is removed and the summary of the thread is updated; then absent."""

    class Settings:
        """The collection, and the query that each index serves."""

        name = "deleted_messages"
        indexes = (
            # Exact counts: one deletion for each number.
            IndexModel([("thread_id", ASCENDING), ("number", ASCENDING)], unique=True),
            # Deletions that the sweeper has to complete.
            IndexModel([("unfinished", ASCENDING)], partialFilterExpression={"unfinished": True}),
            # A cursor to a deleted item by the id that its writer gave it.
            IndexModel(
                [("thread_id", ASCENDING), ("item_id", ASCENDING)], partialFilterExpression={"item_id": A_STRING}
            ),
            # The messages of a cut: for its count, and for retries.
            IndexModel([("thread_id", ASCENDING), ("cut_id", ASCENDING)], partialFilterExpression={"cut_id": A_STRING}),
            # A cursor to a deleted message works for thirty days.
            IndexModel([("deleted_at", ASCENDING)], expireAfterSeconds=KEPT_SECONDS),
        )


class DeletedMessageRow(TypedDict):
    """A stored tombstone as the driver returns it. A test compares its fields with `DeletedMessage`."""

    _id: str
    thread_id: str
    seq: int
    number: int
    deleted_at: datetime
    created_at: NotRequired[datetime]
    item_id: NotRequired[str]
    cut_id: NotRequired[str]
    unfinished: NotRequired[bool]
