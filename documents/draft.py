"""A message that arrives in chunks and is not complete yet."""

from __future__ import annotations

from datetime import datetime

from beanie import Document
from pydantic import Field
from pymongo import ASCENDING, IndexModel

KEPT_SECONDS = 24 * 3600


class Draft(Document):
    """The chunks so far, from one sender for one thread: any process may get the next one."""

    id: str  # type: ignore[assignment]  # ours are strings
    thread_id: str
    chunks: list[str] = Field(default_factory=list)
    chunk_ids: list[str] = Field(default_factory=list)
    """Of the newest chunks: one that is sent again is found here."""
    size: int = 0
    message_id: str | None = None
    """The message that it becomes; null until the last chunk is there."""
    updated_at: datetime

    class Settings:
        """Where drafts are kept."""

        name = "drafts"
        indexes = (
            # Drafts whose last chunk never came are dropped after a day.
            IndexModel([("updated_at", ASCENDING)], expireAfterSeconds=KEPT_SECONDS),
            # Drafts of a deleted thread.
            IndexModel([("thread_id", ASCENDING)]),
        )
