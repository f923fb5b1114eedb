"""A thread: who takes part, what is known about it, and the summary of its messages."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NotRequired, TypedDict

from beanie import Document
from pydantic import Field
from pymongo import ASCENDING, DESCENDING, IndexModel

from .index_filters import A_DATE
from .optional_key import Sometimes

SCHEMA_VERSION = 1


class Thread(Document):
    """One conversation; its messages are documents of their own."""

    id: str  # type: ignore[assignment]  # ours are strings
    owner_id: str | None = None
    participant_ids: list[str] = Field(default_factory=list)
    meta_data: dict[str, Any] = Field(default_factory=dict)
    meta_data_index: list[str] = Field(default_factory=list)
    """A fingerprint of each key with its value: what makes filters on any key an index scan."""
    tool_resources: dict[str, Any] = Field(default_factory=dict)
    last_seq: int = 0
    """The `seq` of the newest message; may lag behind it for as long as an append takes, or after a crash."""
    deleted_count: int = 0
    """How many of its messages were deleted one by one."""
    message_count: int = 0
    """Messages that are there: `last_seq - deleted_count`."""
    revision: int = 1
    """Counts the changes of the thread itself."""
    created_at: datetime
    updated_at: datetime
    last_message_at: datetime | None = None
    last_active_at: datetime
    """`last_message_at`, or `created_at` as long as there is no message: what listings sort by."""
    deleted_at: datetime | None = None
    """The tombstone: a thread that has it is invisible at every door, and is swept with its messages."""
    creating: Sometimes[bool] = None
    """Only while it is being made together with messages: it has a tombstone until they are all there."""
    schema_version: int = SCHEMA_VERSION

    class Settings:
        """Where threads are kept, and the query each index serves."""

        name = "threads"
        indexes = (
            # Threads of a participant, most recently active or newest first.
            IndexModel([("participant_ids", ASCENDING), ("last_active_at", DESCENDING), ("_id", DESCENDING)]),
            IndexModel([("participant_ids", ASCENDING), ("created_at", DESCENDING), ("_id", DESCENDING)]),
            # Threads of an owner.
            IndexModel([("owner_id", ASCENDING), ("last_active_at", DESCENDING), ("_id", DESCENDING)]),
            # Threads by any metadata, exactly.
            IndexModel([("meta_data_index", ASCENDING), ("last_active_at", DESCENDING), ("_id", DESCENDING)]),
            # All threads by activity or age.
            IndexModel([("last_active_at", DESCENDING), ("_id", DESCENDING)]),
            IndexModel([("created_at", DESCENDING), ("_id", DESCENDING)]),
            # What the sweeper has to finish.
            IndexModel([("deleted_at", ASCENDING)], partialFilterExpression={"deleted_at": A_DATE}),
        )


class ThreadRow(TypedDict):
    """A stored thread as the driver returns it: the same fields as `Thread`, held together by a test."""

    _id: str
    owner_id: str | None
    participant_ids: list[str]
    meta_data: dict[str, Any]
    meta_data_index: list[str]
    tool_resources: dict[str, Any]
    last_seq: int
    deleted_count: int
    message_count: int
    revision: int
    created_at: datetime
    updated_at: datetime
    last_message_at: datetime | None
    last_active_at: datetime
    deleted_at: datetime | None
    creating: NotRequired[bool]
    schema_version: int
