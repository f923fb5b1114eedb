"""External ids: the names that applications gave to users and threads. Each names at most one of them (decision 70)."""

from __future__ import annotations

from datetime import datetime

from beanie import Document
from pymongo import ASCENDING, IndexModel


class ExternalId(Document):
    """The owner of an external id. Its `_id` is derived from the external id: on a shard, only `_id` is unique.

    It does not show the external id, which may be an e-mail address. The user or the thread has it in a field of its own.
    """

    id: str  # type: ignore[assignment]  # ids of Threadkeep are strings
    target_id: str
    """The `_id` of the user or of the thread."""
    created_at: datetime

    class Settings:
        """The collection, and the query that each index serves."""

        name = "external_ids"
        indexes = (
            # The external ids of a user or of a thread that is deleted.
            IndexModel([("target_id", ASCENDING)]),
        )
