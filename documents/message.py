"""Messages: one document each, found by `thread_id` and `seq`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, NotRequired, TypedDict

from beanie import Document
from pydantic import Field
from pymongo import ASCENDING, IndexModel

from .index_filters import A_DATE, A_STRING, POSITIVE
from .optional_key import Sometimes
from .validators import Keys

SCHEMA_VERSION = 2
ANONYMOUS = "deleted_user"
"""The `sender_id` of messages whose sender was erased."""
NEWEST = 2**53
"""Higher than every `seq`. A range with both bounds costs one page on every server (`docs/performance.md`)."""


ANCHOR_OF_PINNED = 2**52
"""The `anchor` of pinned messages. The `anchor` of a summary is the last number that it covers, which is lower."""
ANCHOR_OF_BEGINNING = ANCHOR_OF_PINNED + 1
"""The `anchor` of the instructions with which a thread begins, and of the message behind them."""


class Message(Document):
    """One entry of a thread: a message, or an item such as a tool call or a reasoning step."""

    id: str  # type: ignore[assignment]  # ids of Threadkeep are strings
    thread_id: str
    seq: int = Field(ge=1, lt=NEWEST)
    """The number of the message in its thread: 1, 2, 3 … in the order in which they became visible."""
    type: str = "message"
    """`message`, or the type of an OpenAI item."""
    role: str
    content: str = ""
    """The text of the entry. Empty if it has none."""
    parts: Sometimes[list[dict[str, Any]]] = None
    """The parts as they were sent. Absent if the message is one plain text."""
    item: Sometimes[dict[str, Any]] = None
    """The item as it was sent, without the output of a function, which is in `content` or `parts`. Absent for most messages."""
    attachments: list[dict[str, Any]] = Field(default_factory=list)
    tool_calls: Sometimes[list[dict[str, Any]]] = None
    """The tool calls of an assistant, as they were sent; for an item that is a call, this call. Absent if there are none."""
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
    revision: int = Field(default=1, ge=1, lt=NEWEST)
    client_id: Sometimes[str] = None
    """The key that the writer chose, unique in the thread. Absent if the writer chose none."""
    item_id: Sometimes[str] = None
    """The id that the writer of an item gave it, unique in the thread. Absent if the item has none, or an earlier item has it."""
    covers: Annotated[Sometimes[dict[str, Any]], Keys({"from_seq": int, "upto_seq": int})] = None
    """The numbers of the messages in whose place a summary stands. Absent if it is no summary."""
    pinned: Sometimes[bool] = None
    """True for a message that all windows of its thread hold; else absent."""
    anchor: Sometimes[int] = Field(default=None, ge=1, lt=NEWEST)
    """By it, windows find pinned messages, summaries and the beginning of the thread. Absent for all other messages."""
    batch: Annotated[Sometimes[dict[str, Any]], Keys({"id": str, "end": int})] = None
    """Marks a row that is not a message: part of an unfinished batch or commit, a placeholder row, or a row in a cut."""
    imported_at: Sometimes[datetime] = None
    """The time of the write, if `created_at` is earlier. With it, the daily facts of past days follow. Else absent."""
    schema_version: int = SCHEMA_VERSION

    class Settings:
        """The collection, and the query that each index serves."""

        name = "messages"
        indexes = (
            # Every page of every thread. Unique: two messages of a thread cannot have the same number.
            IndexModel([("thread_id", ASCENDING), ("seq", ASCENDING)], unique=True),
            # The first message of a retried append, and a message by its `client_id`.
            IndexModel(
                [("thread_id", ASCENDING), ("client_id", ASCENDING)],
                unique=True,
                partialFilterExpression={"client_id": A_STRING},
            ),
            # An item by the id that its writer gave it.
            IndexModel(
                [("thread_id", ASCENDING), ("item_id", ASCENDING)],
                unique=True,
                partialFilterExpression={"item_id": A_STRING},
            ),
            # The messages of a run.
            IndexModel(
                [("thread_id", ASCENDING), ("run_id", ASCENDING), ("seq", ASCENDING)],
                partialFilterExpression={"run_id": A_STRING},
            ),
            # The messages of a sender: for erasure, and for the filter by `sender_id` in a thread.
            IndexModel([("sender_id", ASCENDING), ("thread_id", ASCENDING), ("seq", ASCENDING)]),
            # Time ranges: for analytics, and for the sweeper, which looks at recent writes.
            IndexModel([("created_at", ASCENDING)]),
            # Messages that were changed, and messages that were imported: the facts of their days must be computed again
            # (decision 0012). Both indexes are partial, so that an ordinary append does not pay for them.
            IndexModel([("updated_at", ASCENDING)], partialFilterExpression={"revision": {"$gt": 1}}),
            IndexModel([("imported_at", ASCENDING)], partialFilterExpression={"imported_at": A_DATE}),
            # The beginning of a thread, its pinned messages, and its summaries in the order of the last numbers that they
            # cover.
            IndexModel(
                [("thread_id", ASCENDING), ("anchor", ASCENDING), ("seq", ASCENDING)],
                partialFilterExpression={"anchor": POSITIVE},
            ),
            # Unfinished batches and placeholder rows.
            IndexModel([("batch.id", ASCENDING)], partialFilterExpression={"batch.id": A_STRING}),
        )


class BatchMark(TypedDict):
    """The batch of a row, and the number of the last row of the batch. Placeholder rows have the id `deleted` or `void`.

    Rows of a commit have an id that begins with `commit_`, and rows in a cut have the id `cut`; `end` is 0.
    """

    id: str
    end: int
    keys: NotRequired[dict[str, str]]
    """The `client_id` and `item_id` that a row of a commit gets when the message that has them is cut."""


class CoversRow(TypedDict):
    """The first and the last number that a summary covers."""

    from_seq: int
    upto_seq: int


class MessageRow(TypedDict):
    """A stored message as the driver returns it. A test compares its fields with `Message`."""

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
    item_id: NotRequired[str]
    covers: NotRequired[CoversRow]
    pinned: NotRequired[bool]
    anchor: NotRequired[int]
    batch: NotRequired[BatchMark]
    imported_at: NotRequired[datetime]
    schema_version: int
