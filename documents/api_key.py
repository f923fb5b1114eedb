"""An API key: only the hash of its secret."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from beanie import Document
from pymongo import ASCENDING, IndexModel

Scope = Literal["admin", "service", "user"]


class ApiKey(Document):
    """A key that was given out; its `_id` is the prefix by which people recognise it."""

    id: str  # type: ignore[assignment]  # ours are strings
    hash: str
    """SHA-256 of the whole key, in hexadecimal: a random key of 256 bits needs no stretching (decision 0005)."""
    scope: Scope
    user_id: str | None = None
    """Whose key it is; only and always where `scope` is `user`."""
    name: str | None = None
    created_at: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    """Follows use with up to a minute's delay."""
    revoked_at: datetime | None = None

    class Settings:
        """Where keys are kept, and the query each index serves."""

        name = "api_keys"
        keep_nulls = True
        indexes = (
            # The keys of a user, oldest first.
            IndexModel([("user_id", ASCENDING), ("created_at", ASCENDING)]),
        )
