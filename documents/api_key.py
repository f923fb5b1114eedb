"""API keys. Only the hash of a key is stored, never the key."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from beanie import Document
from pymongo import ASCENDING, IndexModel

Scope = Literal["admin", "service", "user"]


class ApiKey(Document):
    """An API key. Its `_id` is the prefix of the key, by which people recognise it."""

    id: str  # type: ignore[assignment]  # ids of Threadkeep are strings
    hash: str
    """SHA-256 of the whole key, in hexadecimal. A random key of 256 bits needs no slow hash (decision 0005)."""
    scope: Scope
    user_id: str | None = None
    """The user whose key this is. Set if `scope` is `user`, else null."""
    name: str | None = None
    created_at: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    """The last use, up to one minute late."""
    revoked_at: datetime | None = None

    class Settings:
        """The collection, and the query that each index serves."""

        name = "api_keys"
        keep_nulls = True
        indexes = (
            # The keys of a user, oldest first.
            IndexModel([("user_id", ASCENDING), ("created_at", ASCENDING)]),
        )
