"""A message: one document in `messages`, found by its thread and its number in it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NotRequired, TypedDict

from beanie import Document
from pydantic import Field
from pymongo import ASCENDING, IndexModel

from .index_filters import A_DATE, A_STRING
from .optional_key import Sometimes

SCHEMA_VERSION = 1
ANONYMOUS = "deleted_user"
"""The sender of messages whose sender was erased."""
NEWEST = 2**53
"""Above every `seq`. A range closed at both ends costs one page on every server (`docs/performance.md`)."""


class Message(Document):
    """One entry of a conversation: a message, or an item that is not one (a tool call, a reasoning step)."""

    id: str  # type: ignore[assignment]  # ours are strings
    thread_id: str
    seq: int
    """The number of the message in its thread: 1, 2, 3 … in the order in which they became visible."""
    type: str = "message"
    role: str
    content: str = ""
    """The text, whatever else there is."""
    parts: Sometimes[list[dict[str, Any]]] = None
    """Only where a message is more than one plain text: its parts as they were sent."""
    item: Sometimes[dict[str, Any]] = None
    """Only where `type` is not `message`: the item as it was sent."""
    attachments: list[dict[str, Any]] = Field(default_factory=list)
    tool_calls: Sometimes[list[dict[str, Any]]] = None
    """Only where an assistant calls tools."""
    sender_id: str | None = None
    assistant_id: str | None = None
    run_id: str | None = None
    tool_id: str | None = None
    tool_call_id: str | None = None
    status: str | None = None
    incomplete_details: dict[str, Any] | None = None
    meta_data: dict[str, Any] = Field(default_factory=dict)
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None = None
    incomplete_at: datetime | None = None
    revision: int = 1
    client_id: Sometimes[str] = None
    """The key its writer chose, unique in the thread; only where one was chosen."""
    batch: Sometimes[dict[str, Any]] = None
    """Only while a batch is being written on a server without transactions."""
    imported_at: Sometimes[datetime] = None
    """Only where it was written later than `created_at` says: when, so that figures of past days can follow."""
    schema_version: int = SCHEMA_VERSION

    class Settings:
        """Where messages are kept, and the query each index serves."""

        name = "messages"
        indexes = (
            # Every page of every history; and the order: two messages cannot have one number.
            IndexModel([("thread_id", ASCENDING), ("seq", ASCENDING)], unique=True),
            # A retried append finds the first message.
            IndexModel(
                [("thread_id", ASCENDING), ("client_id", ASCENDING)],
                unique=True,
                partialFilterExpression={"client_id": A_STRING},
            ),
            # The messages of a run.
            IndexModel(
                [("thread_id", ASCENDING), ("run_id", ASCENDING), ("seq", ASCENDING)],
                partialFilterExpression={"run_id": A_STRING},
            ),
            # What somebody said: erasure of a user, and a sender's messages in a thread.
            IndexModel([("sender_id", ASCENDING), ("thread_id", ASCENDING), ("seq", ASCENDING)]),
            # Time ranges: analytics, and the sweeper's look at what was written lately.
            IndexModel([("created_at", ASCENDING)]),
            # What changed lately, and what came late: whose days' figures are not right any more (decision 0012).
            # Partial, so that an ordinary append does not pay for them.
            IndexModel([("updated_at", ASCENDING)], partialFilterExpression={"revision": {"$gt": 1}}),
            IndexModel([("imported_at", ASCENDING)], partialFilterExpression={"imported_at": A_DATE}),
            # Batches to finish, on a server without transactions.
            IndexModel([("batch.id", ASCENDING)], partialFilterExpression={"batch.id": A_STRING}),
        )


class BatchMark(TypedDict):
    """Which batch a row is part of, and the number of the batch's last row."""

    id: str
    end: int


class MessageRow(TypedDict):
    """A stored message as the driver returns it: the same fields as `Message`, held together by a test."""

    _id: str
    thread_id: str
    seq: int
    type: str
    role: str
    content: str
    parts: NotRequired[list[dict[str, Any]]]
    item: NotRequired[dict[str, Any]]
    attachments: list[dict[str, Any]]
    tool_calls: NotRequired[list[dict[str, Any]]]
    sender_id: str | None
    assistant_id: str | None
    run_id: str | None
    tool_id: str | None
    tool_call_id: str | None
    status: str | None
    incomplete_details: dict[str, Any] | None
    meta_data: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None
    incomplete_at: datetime | None
    revision: int
    client_id: NotRequired[str]
    batch: NotRequired[BatchMark]
    imported_at: NotRequired[datetime]
    schema_version: int
