"""Drafts: the chunks of a message that is not complete yet."""

from __future__ import annotations

from datetime import datetime

from beanie import Document
from pydantic import Field
from pymongo import ASCENDING, IndexModel

from .index_filters import A_STRING
from .optional_key import Sometimes

KEPT_SECONDS = 24 * 3600


class Draft(Document):
    """The chunks of one key and run for one thread. They are stored, because any process may receive the next chunk."""

    id: str  # type: ignore[assignment]  # ids of Threadkeep are strings
    thread_id: str
    sender_id: Sometimes[str] = None
    """The named sender, or else the user of the key. Absent if there is neither."""
    chunks: list[str] = Field(default_factory=list)
    chunk_ids: list[str] = Field(default_factory=list)
    """Ids of the newest chunks. A chunk that is sent again is recognised by its id."""
    size: int = 0
    """Bytes of all chunks."""
    message_id: str | None = None
    """The id of the message. Null until the last chunk arrives."""
    updated_at: datetime

    class Settings:
        """The collection, and the query that each index serves."""

        name = "drafts"
        indexes = (
            # Drafts whose last chunk never arrived: removed after one day.
            IndexModel([("updated_at", ASCENDING)], expireAfterSeconds=KEPT_SECONDS),
            # Drafts of a deleted thread.
            IndexModel([("thread_id", ASCENDING)]),
            # Drafts of an erased user.
            IndexModel([("sender_id", ASCENDING)], partialFilterExpression={"sender_id": A_STRING}),
        )
