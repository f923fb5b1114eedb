"""Claims: requests that carried an `Idempotency-Key`. They hold no content (decision 0044)."""

from __future__ import annotations

from datetime import datetime

from beanie import Document
from pymongo import ASCENDING, IndexModel

KEPT_SECONDS = 24 * 3600


class IdempotencyKey(Document):
    """The claim of one request, kept for one day. Its `_id` is a hash of the caller and the key."""

    id: str  # type: ignore[assignment]  # ids of Threadkeep are strings
    request: str
    """SHA-256 of the request. A different request with the same key is refused."""
    seed: str
    """The seed of all ids that the request creates. If the request runs again, it creates the same ids."""
    holder: str
    """The process that works on the request."""
    locked_until: datetime
    """Until then, no other process takes the request over."""
    created_at: datetime
    status: int | None = None
    """The HTTP status of the first answer. Null until there is an answer. If it is set, a retry only reads."""

    class Settings:
        """The collection. Claims are removed after one day."""

        name = "idempotency_keys"
        keep_nulls = True
        indexes = (IndexModel([("created_at", ASCENDING)], expireAfterSeconds=KEPT_SECONDS),)
