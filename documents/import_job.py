"""Imports that run in the background, and the files that they read."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from beanie import Document
from pydantic import Field
from pymongo import ASCENDING, DESCENDING, IndexModel

from .api_key import Scope
from .index_filters import A_STRING

ImportState = Literal["receiving", "waiting", "running", "done", "failed"]
KEPT_SECONDS = 7 * 24 * 3600


class ImportJob(Document):
    """One import. Its id rises with time."""

    id: str  # type: ignore[assignment]  # ids of Threadkeep are strings
    owner: str
    """Who may see it: `user:` with the id of the key's user, or `key:` with the first characters of the key."""
    scope: Scope
    user_id: str | None = None
    """The user for whom the key acts. All threads become the user's."""
    key_prefix: str | None = None
    options: dict[str, Any] = Field(default_factory=dict)
    """The options of the import: `owner_id`, `at`, `branches`, `update`, `dry_run`."""
    state: ImportState
    size: int = 0
    """The bytes of the file."""
    digest: str | None = None
    """SHA-256 of the file. Null until it has arrived."""
    done: int = 0
    """The bytes that were read, of `total`. Files that were compressed count unpacked or packed, as they are read."""
    total: int = 0
    report: dict[str, Any] = Field(default_factory=dict)
    """The counts of the import so far."""
    error: str | None = None
    """Why the import failed."""
    attempts: int = 0
    """How often a process began to work on it."""
    holder: str | None = None
    """The process that works on it."""
    locked_until: datetime
    """Until then, no other process works on it."""
    created_at: datetime
    updated_at: datetime
    finished_at: datetime | None = None
    expires_at: datetime
    """When MongoDB removes the job."""

    class Settings:
        """The collection, and the query that each index serves."""

        name = "import_jobs"
        keep_nulls = True
        indexes = (
            # Pages of the imports of a key or user, newest first; the count of unfinished imports.
            IndexModel([("owner", ASCENDING), ("_id", DESCENDING)]),
            # The next import to work on.
            IndexModel([("state", ASCENDING), ("_id", ASCENDING)]),
            # The erasure of a user: imports of the user, and imports of services for the user.
            IndexModel([("user_id", ASCENDING)], partialFilterExpression={"user_id": A_STRING}),
            IndexModel([("options.owner_id", ASCENDING)], partialFilterExpression={"options.owner_id": A_STRING}),
            IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0),
        )


class ImportChunk(Document):
    """A part of the file of an import, of up to 1 MiB. Its id is the id of the import, `/` and its number."""

    id: str  # type: ignore[assignment]  # ids of Threadkeep are strings
    import_id: str
    number: int
    data: bytes
    created_at: datetime

    class Settings:
        """The collection. The file is removed when its import ends, and after a week at the latest."""

        name = "import_chunks"
        indexes = (
            IndexModel([("import_id", ASCENDING), ("number", ASCENDING)]),
            IndexModel([("created_at", ASCENDING)], expireAfterSeconds=KEPT_SECONDS),
        )
