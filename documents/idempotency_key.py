"""A request that carried an `Idempotency-Key`, and what it was answered."""

from __future__ import annotations

from datetime import datetime

from beanie import Document
from pymongo import ASCENDING, IndexModel

KEPT_SECONDS = 24 * 3600


class IdempotencyKey(Document):
    """Who sent which key is hashed into `_id`; the answer is kept for a day."""

    id: str  # type: ignore[assignment]  # ours are strings
    request: str
    """SHA-256 of the request: another request with the same key is refused."""
    seed: str
    """What the ids of everything it makes are derived from: doing it again makes the same things."""
    holder: str
    """The process that works on it."""
    locked_until: datetime
    created_at: datetime
    status: int | None = None
    """The answer's; None as long as there is none."""
    body: bytes | None = None
    headers: list[list[bytes]] | None = None

    class Settings:
        """Where they are kept."""

        name = "idempotency_keys"
        keep_nulls = True
        indexes = (IndexModel([("created_at", ASCENDING)], expireAfterSeconds=KEPT_SECONDS),)
