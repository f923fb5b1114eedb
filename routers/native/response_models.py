"""What the native door answers, for its documentation; the answers themselves are the services' records (held equal by tests)."""

from __future__ import annotations

from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict

T = TypeVar("T")


class Out(BaseModel):
    """An answer."""

    model_config = ConfigDict(extra="forbid", defer_build=True)  # made when the description is asked for


class UserOut(Out):
    """A user; times are ISO 8601."""

    id: str
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
    """What erasing a user did."""

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
    """A new API key; `plain_key` is shown this once."""

    plain_key: str
    details: KeyOut


class KeysOut(Out):
    """API keys, oldest first."""

    keys: list[KeyOut]


class ThreadOut(Out):
    """A thread; times are seconds since 1970."""

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


class ParticipantOut(Out):
    """Who takes part in a thread."""

    id: str
    email: str | None
    full_name: str | None


class DetailedThreadOut(ThreadOut):
    """A thread with its participants' names."""

    participants: list[ParticipantOut]


class MessageOut(Out):
    """A message; times are seconds since 1970."""

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
    """Only where `type` is not `message`: the item as it was sent."""
    tool_calls: list[dict[str, Any]] = []
    """Only where an assistant calls tools."""
    client_id: str = ""
    """Only where the writer chose a key."""


class PageOut(Out, Generic[T]):
    """Some entries of a list, in order."""

    object: Literal["list"]
    data: list[T]
    first_id: str | None
    last_id: str | None
    has_more: bool
    next_cursor: str | None


class DeletedOut(Out):
    """What was deleted."""

    id: str
    object: str
    deleted: Literal[True]


class ThreadIdsOut(Out):
    """Ids of threads, most recently active first."""

    thread_ids: list[str]
