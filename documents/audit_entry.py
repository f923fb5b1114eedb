"""The audit trail: who did which administrative or destructive thing when."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from beanie import Document
from pymongo import ASCENDING, DESCENDING, IndexModel

from .api_key import Scope

AuditAction = Literal[
    "user.created",
    "user.changed",
    "user.erased",
    "thread.deleted",
    "thread.cut",
    "message.deleted",
    "key.created",
    "key.revoked",
    "data.imported",
    "database.migrated",
]
AuditOutcome = Literal["done", "failed"]


class AuditEntry(Document):
    """One act that succeeded, or an import or a migration that failed. It holds no content, no name and no address."""

    id: str  # type: ignore[assignment]  # ids of Threadkeep are strings
    at: datetime
    action: AuditAction
    object_id: str | None = None
    """The id of the user, thread, message or import, or the prefix of the key. Null for imports by command and migrations."""
    outcome: AuditOutcome = "done"
    scope: Scope
    """The scope of the key. `admin` for code in process and for the command line, which need no key."""
    key_prefix: str | None = None
    """The first eleven characters of the key. Null for code in process and for the command line."""
    user_id: str | None = None
    """The user for whom the key acts."""
    request_id: str | None = None
    """The `x-request-id` of the request. Null outside a request."""
    expires_at: datetime
    """When MongoDB removes the entry. `audit_days` sets it for new entries."""

    class Settings:
        """The collection, and the query that each index serves."""

        name = "audit_log"
        keep_nulls = True
        indexes = (
            # Pages of the trail, newest first.
            IndexModel([("at", DESCENDING), ("_id", DESCENDING)]),
            # The entries about one object; the erasure of a user.
            IndexModel([("object_id", ASCENDING), ("at", DESCENDING)]),
            # The acts of a user; the erasure of a user.
            IndexModel([("user_id", ASCENDING), ("at", DESCENDING)]),
            IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0),
        )
