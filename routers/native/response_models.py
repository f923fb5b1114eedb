"""Response models of the native API, for its OpenAPI description.

The answers themselves are the records of the services. Tests compare them with these models.
"""

from __future__ import annotations

from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict

T = TypeVar("T")


class Out(BaseModel):
    """The base of all response models."""

    model_config = ConfigDict(extra="forbid", defer_build=True)  # pydantic builds it when the description is read


class UserOut(Out):
    """A user. Times are in ISO 8601."""

    id: str
    external_id: str | None
    name: str | None
    email: str | None
    full_name: str | None
    given_name: str | None
    family_name: str | None
    picture_url: str | None
    email_verified: bool | None
    oauth_provider: str | None
    provider_user_id: str | None
    created_at: str
    updated_at: str


class ErasedOut(Out):
    """The result of the erasure of a user."""

    success: bool
    message: str
    threads_deleted: int
    threads_left: int
    messages_anonymised: int
    keys_revoked: int


class KeyOut(Out):
    """An API key, without its secret."""

    prefix: str
    scope: Literal["admin", "service", "user"]
    user_id: str | None
    key_name: str | None
    is_active: bool
    created_at: str
    expires_at: str | None
    last_used_at: str | None


class NewKeyOut(Out):
    """A new API key. No other answer contains `plain_key`."""

    plain_key: str
    details: KeyOut


class KeysOut(Out):
    """API keys, oldest first."""

    keys: list[KeyOut]


class AuditEntryOut(Out):
    """An act in the audit trail. Times are in ISO 8601."""

    id: str
    at: str
    action: str
    object_id: str | None
    outcome: Literal["done", "failed"]
    scope: Literal["admin", "service", "user"]
    key_prefix: str | None
    user_id: str | None
    request_id: str | None


class PreviewOut(Out):
    """The newest message of a thread that has words of a user or an assistant. `text` has its first 200 characters."""

    id: str
    seq: int
    role: str
    text: str


class ImportOut(Out):
    """An import. Times are in seconds since 1970, sizes in bytes."""

    id: str
    object: Literal["import"]
    state: Literal["receiving", "waiting", "running", "done", "failed"]
    size: int
    done: int
    total: int
    options: dict[str, Any]
    report: dict[str, Any]
    error: str | None
    created_at: int
    updated_at: int
    finished_at: int | None


class ThreadOut(Out):
    """A thread. Times are in seconds since 1970, and in `…_ms` in milliseconds."""

    id: str
    created_at: int
    meta_data: dict[str, Any]
    object: Literal["thread"]
    tool_resources: dict[str, Any]
    owner_id: str | None
    participant_ids: list[str]
    message_count: int
    last_seq: int
    revision: int
    updated_at: int
    last_message_at: int | None
    last_active_at: int
    external_id: str | None
    title: str | None
    archived: bool
    pinned: bool
    labels: list[str]
    last_message: PreviewOut | None
    created_at_ms: int
    updated_at_ms: int
    last_message_at_ms: int | None
    last_active_at_ms: int


class ParticipantOut(Out):
    """A participant of a thread. The key of a user sees no `email` of others, and `full_name` only if the service shows it."""

    id: str
    email: str | None
    full_name: str | None


class DetailedThreadOut(ThreadOut):
    """A thread with the names of its participants."""

    participants: list[ParticipantOut]


class MessageOut(Out):
    """A message. Times are in seconds since 1970, and in `…_ms` in milliseconds."""

    id: str
    object: Literal["message"]
    thread_id: str
    seq: int
    type: str
    role: str
    content: str | list[dict[str, Any]]
    attachments: list[dict[str, Any]]
    sender_id: str | None
    assistant_id: str | None
    run_id: str | None
    tool_id: str | None
    tool_call_id: str | None
    status: str | None
    incomplete_details: dict[str, Any] | None
    meta_data: dict[str, Any]
    created_at: int
    updated_at: int
    completed_at: int | None
    incomplete_at: int | None
    revision: int
    item: dict[str, Any] = {}
    """The item as it was sent. Only present if `type` is not `message`."""
    tool_calls: list[dict[str, Any]] = []
    """Only present if an assistant calls tools."""
    client_id: str = ""
    """Only present if the writer sent a `client_id`."""
    covers: dict[str, Any] = {}
    """Only present in summaries: `from_seq` and `upto_seq`, the numbers of the messages in whose place it stands."""
    pinned: bool = False
    """Only present if all windows of the thread hold the message."""
    created_at_ms: int
    updated_at_ms: int
    completed_at_ms: int | None
    incomplete_at_ms: int | None


class TurnOut(Out):
    """A thread after a turn, and the messages of the turn."""

    object: Literal["thread.turn"]
    thread: ThreadOut
    messages: list[MessageOut]


class PageOut(Out, Generic[T]):
    """A page of a list."""

    object: Literal["list"]
    data: list[T]
    first_id: str | None
    last_id: str | None
    has_more: bool
    next_cursor: str | None


class LeftOut(Out):
    """A range of messages that are not sent, and why."""

    first_seq: int
    last_seq: int
    reason: Literal[
        "budget", "summarized", "half_written", "incomplete", "unanswered", "empty", "bookkeeping", "not_expressible"
    ]


class SummaryInWindow(Out):
    """A summary that is sent, and the numbers of the messages in whose place it stands."""

    id: str
    seq: int
    from_seq: int
    upto_seq: int


class ToSummarize(Out):
    """The messages for which nothing stands in the window. `after` and `before` are cursors of the list of messages."""

    from_seq: int
    upto_seq: int
    after: str
    before: str


class ContextOut(Out):
    """The messages for a model, and the changes that made them valid."""

    object: Literal["thread.context"]
    thread_id: str
    format: Literal["chat", "responses", "anthropic"]
    messages: list[dict[str, Any]]
    system: list[dict[str, Any]] | None
    tokens: int
    max_tokens: int
    first_seq: int | None
    last_seq: int | None
    left_out: list[LeftOut]
    summaries: list[SummaryInWindow]
    pinned: list[int]
    """The numbers of the pinned messages that are sent, although they are older than the window."""
    to_summarize: ToSummarize | None


class DeletedOut(Out):
    """The id and the type of the deleted object."""

    id: str
    object: str
    deleted: Literal[True]


class ThreadIdsOut(Out):
    """The ids of threads, most recently active first."""

    thread_ids: list[str]
