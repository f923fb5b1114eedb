"""The types of arguments for type checkers: messages as dicts, and the keyword arguments of iterators and updates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypedDict

from .query import Order, Sort
from .roles import Role, Status


class MessageInput(TypedDict, total=False):
    """A message to append, as a dict: the arguments of `create_message`."""

    type: str
    role: Role
    content: str | list[dict[str, Any]] | None
    attachments: list[dict[str, Any]]
    sender_id: str | None
    assistant_id: str | None
    run_id: str | None
    tool_id: str | None
    tool_call_id: str | None
    tool_calls: list[dict[str, Any]] | None
    status: Status | None
    incomplete_details: dict[str, Any] | None
    meta_data: dict[str, Any]
    client_id: str | None
    item: dict[str, Any] | None


class UserUpdate(TypedDict, total=False):
    """The fields of a user that `update_user` may change. None empties a field."""

    external_id: str | None
    email: str | None
    full_name: str | None
    given_name: str | None
    family_name: str | None
    picture_url: str | None
    email_verified: bool | None
    oauth_provider: str | None
    provider_user_id: str | None
    name: str | None


class UserFilters(TypedDict, total=False):
    """The arguments of `list_users`."""

    limit: int | None
    after: str | None
    before: str | None
    order: Order
    email: str | None
    external_id: str | None
    oauth_provider: str | None
    provider_user_id: str | None


class ThreadFilters(TypedDict, total=False):
    """The arguments of `find_threads`."""

    participant: str | None
    owner: str | None
    meta_data: dict[str, Any] | None
    external_id: str | None
    archived: bool | None
    pinned: bool | None
    labels: Sequence[str] | None
    created_after: datetime | None
    created_before: datetime | None
    active_after: datetime | None
    active_before: datetime | None
    sort: Sort | None
    limit: int | None
    after: str | None
    before: str | None
    order: Order | None


class MessageFilters(TypedDict, total=False):
    """The arguments of `list_messages` beside `thread_id`."""

    limit: int | None
    after: str | None
    before: str | None
    order: Order
    run_id: str | None
    role: Role | None
    sender_id: str | None
    client_id: str | None
