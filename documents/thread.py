"""Threads: their participants, their metadata and the summary of their messages."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NotRequired, TypedDict

from beanie import Document
from pydantic import Field
from pymongo import ASCENDING, DESCENDING, IndexModel

from .index_filters import A_DATE, A_STRING
from .optional_key import Sometimes

SCHEMA_VERSION = 3


class Thread(Document):
    """One conversation. Its messages are documents in `messages`."""

    id: str  # type: ignore[assignment]  # ids of Threadkeep are strings
    external_id: Sometimes[str] = None
    """The name that the application chose for the thread. Absent if it chose none."""
    owner_id: str | None = None
    participant_ids: list[str] = Field(default_factory=list)
    meta_data: dict[str, Any] = Field(default_factory=dict)
    meta_data_index: list[str] = Field(default_factory=list)
    """One fingerprint for each key of `meta_data` with its value. With it, an index serves filters on any key."""
    tool_resources: dict[str, Any] = Field(default_factory=dict)
    title: Sometimes[str] = None
    """The title of the thread in lists of threads. Absent if it is empty."""
    archived: Sometimes[bool] = None
    """True if the thread is archived; else absent."""
    pinned: Sometimes[bool] = None
    """True if the thread is pinned; else absent."""
    labels: Sometimes[list[str]] = None
    """The labels of the thread, each once. Absent if it has none."""
    last_message: Sometimes[dict[str, Any]] = None
    """The newest message with words: its `id`, `seq`, `role`, `revision` and the first 200 characters of its `text`.

    These fields are missing if there is no such message. `up_to` is the highest number that this preview takes into
    account.
    """
    last_seq: int = Field(default=0, ge=0, lt=2**53)
    """The `seq` of the newest message. Too low while an append runs, and after a crash until the sweeper corrects it."""
    deleted_count: int = Field(default=0, ge=0, lt=2**53)
    """The number of messages that were deleted one by one. Messages in `cuts` are not counted here."""
    message_count: int = Field(default=0, ge=-(2**53), lt=2**53)
    """The number of messages: `last_seq - deleted_count - cut_count`. The bounds keep sums of all threads within 64 bits."""
    cut_count: Sometimes[int] = None
    """The number of messages that were removed by cuts. Absent if there were none."""
    cuts: Sometimes[list[dict[str, Any]]] = None
    """The open cuts: no reader shows the messages with the numbers `first` to `last`. Each is purged within minutes."""
    commits: Sometimes[list[str]] = None
    """The marks of committed rows: rows with this `batch.id` are messages. Empty again when the rows have lost their marks."""
    uncleaned_since: Sometimes[datetime] = None
    """The time of the oldest cut or commit that the sweeper has to clean up. Absent if there is none."""
    revision: int = Field(default=1, ge=1, lt=2**53)
    """Counts the changes of the thread itself. New messages do not count."""
    created_at: datetime
    updated_at: datetime
    last_message_at: datetime | None = None
    last_active_at: datetime
    """`last_message_at`, or `created_at` if there is no message. Lists of threads sort by it."""
    deleted_at: datetime | None = None
    """The tombstone. A thread that has it is invisible in every API, and is purged with its messages."""
    creating: Sometimes[bool] = None
    """True while the thread is created together with messages; then absent. Until then, `deleted_at` hides the thread."""
    schema_version: int = SCHEMA_VERSION

    class Settings:
        """The collection, and the query that each index serves."""

        name = "threads"
        indexes = (
            # Threads of a participant, most recently active or newest first.
            IndexModel([("participant_ids", ASCENDING), ("last_active_at", DESCENDING), ("_id", DESCENDING)]),
            IndexModel([("participant_ids", ASCENDING), ("created_at", DESCENDING), ("_id", DESCENDING)]),
            # Threads of a participant that are archived, or are not, most recently active first; and pinned ones.
            IndexModel(
                [
                    ("participant_ids", ASCENDING),
                    ("archived", ASCENDING),
                    ("last_active_at", DESCENDING),
                    ("_id", DESCENDING),
                ]
            ),
            IndexModel(
                [
                    ("participant_ids", ASCENDING),
                    ("pinned", ASCENDING),
                    ("last_active_at", DESCENDING),
                    ("_id", DESCENDING),
                ],
                partialFilterExpression={"pinned": True},
            ),
            # Threads with a label, of all participants.
            IndexModel(
                [("labels", ASCENDING), ("last_active_at", DESCENDING), ("_id", DESCENDING)],
                partialFilterExpression={"labels": A_STRING},
            ),
            # Threads of an owner.
            IndexModel([("owner_id", ASCENDING), ("last_active_at", DESCENDING), ("_id", DESCENDING)]),
            # Threads with an exact value of any key of `meta_data`.
            IndexModel([("meta_data_index", ASCENDING), ("last_active_at", DESCENDING), ("_id", DESCENDING)]),
            # All threads by activity or age.
            IndexModel([("last_active_at", DESCENDING), ("_id", DESCENDING)]),
            IndexModel([("created_at", DESCENDING), ("_id", DESCENDING)]),
            # The thread that has an external id.
            IndexModel([("external_id", ASCENDING)], partialFilterExpression={"external_id": A_STRING}),
            # Deletions and creations that the sweeper has to complete.
            IndexModel([("deleted_at", ASCENDING)], partialFilterExpression={"deleted_at": A_DATE}),
            # Cuts and commits that the sweeper has to clean up.
            IndexModel([("uncleaned_since", ASCENDING)], partialFilterExpression={"uncleaned_since": A_DATE}),
        )


class ThreadRow(TypedDict):
    """A stored thread as the driver returns it. A test compares its fields with `Thread`."""

    _id: str
    external_id: NotRequired[str]
    owner_id: str | None
    participant_ids: list[str]
    meta_data: dict[str, Any]
    meta_data_index: list[str]
    tool_resources: dict[str, Any]
    title: NotRequired[str]
    archived: NotRequired[bool]
    pinned: NotRequired[bool]
    labels: NotRequired[list[str]]
    last_message: NotRequired[dict[str, Any]]
    last_seq: int
    deleted_count: int
    message_count: int
    cut_count: NotRequired[int]
    cuts: NotRequired[list[dict[str, Any]]]
    commits: NotRequired[list[str]]
    uncleaned_since: NotRequired[datetime]
    revision: int
    created_at: datetime
    updated_at: datetime
    last_message_at: datetime | None
    last_active_at: datetime
    deleted_at: datetime | None
    creating: NotRequired[bool]
    schema_version: int
