"""Builds the calls of `message_service`: one function for each method of the clients."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..errors import MessageNotFound
from ..records import Deleted, MessageRecord
from .call import Call, list_of, page_of, segment, without_none
from .threads import thread_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..inputs import Order
    from ..records import Page

MAX_PAGE = 1000
"""Messages per request that a server allows by default."""

_page = page_of(MessageRecord)
_new_messages = list_of(MessageRecord, "data")


def _path(message_id: str, thread_id: str | None = None) -> str:
    thread = "/v1" if thread_id is None else thread_path(thread_id)
    return f"{thread}/messages/{segment(message_id, MessageNotFound)}"


def create_message(
    thread_id: str,
    content: str | list[dict[str, Any]] = "",
    role: str = "user",
    *,
    sender_id: str | None = None,
    assistant_id: str | None = None,
    run_id: str | None = None,
    tool_id: str | None = None,
    tool_call_id: str | None = None,
    tool_calls: list[dict[str, Any]] | None = None,
    attachments: list[dict[str, Any]] | None = None,
    status: str | None = None,
    incomplete_details: dict[str, Any] | None = None,
    meta_data: dict[str, Any] | None = None,
    client_id: str | None = None,
    expected_seq: int | None = None,
) -> Call[MessageRecord]:
    """Append one message and return it with its number, `seq`.

    Once this returns the message is durable. `client_id` makes it safe to repeat: the same key in the same thread gives
    the first message again. With `expected_seq`, the number of the newest message the caller knows, it is written only
    if nobody wrote in between, else `PreconditionFailed` is raised.

    A user's message is from `sender_id`; an assistant's or a tool's is complete at once, and from `assistant` or `tool`
    where nobody is named.
    """
    body = without_none(
        content=content,
        role=role,
        sender_id=sender_id,
        assistant_id=assistant_id,
        run_id=run_id,
        tool_id=tool_id,
        tool_call_id=tool_call_id,
        tool_calls=tool_calls,
        attachments=attachments,
        status=status,
        incomplete_details=incomplete_details,
        meta_data=meta_data,
        client_id=client_id,
    )
    path = f"{thread_path(thread_id)}/messages"
    return Call("POST", path, MessageRecord, body=body, if_match=_if_newest_is(expected_seq))


def create_messages(
    thread_id: str, messages: Sequence[dict[str, Any]], *, expected_seq: int | None = None
) -> Call[list[MessageRecord]]:
    """Append up to 1,000 messages in this order: all become visible together, with consecutive numbers, or none.

    Each is a dict of what `create_message` takes.
    """
    path = f"{thread_path(thread_id)}/messages"
    return Call("POST", path, _new_messages, body={"messages": list(messages)}, if_match=_if_newest_is(expected_seq))


def submit_tool_output(
    thread_id: str,
    content: str,
    *,
    tool_call_id: str | None = None,
    tool_id: str | None = None,
    assistant_id: str | None = None,
    sender_id: str | None = None,
    attachments: list[dict[str, Any]] | None = None,
    meta_data: dict[str, Any] | None = None,
    client_id: str | None = None,
) -> Call[MessageRecord]:
    """Append the answer of a tool: a message of role `tool`."""
    return create_message(
        thread_id,
        content,
        "tool",
        tool_call_id=tool_call_id,
        tool_id=tool_id,
        assistant_id=assistant_id,
        sender_id=sender_id,
        attachments=attachments,
        meta_data=meta_data,
        client_id=client_id,
    )


def get_message(message_id: str, *, thread_id: str | None = None) -> Call[MessageRecord]:
    """Return one message; with `thread_id`, only if it belongs to that thread."""
    return Call("GET", _path(message_id, thread_id), MessageRecord)


def list_messages(
    thread_id: str,
    limit: int | None = None,
    *,
    after: str | None = None,
    before: str | None = None,
    order: Order = "asc",
    run_id: str | None = None,
    role: str | None = None,
    sender_id: str | None = None,
) -> Call[Page[MessageRecord]]:
    """The messages of a thread by their number, oldest first; all of them unless `limit` (1 to 1,000) says less.

    Fewer than `limit`, with `has_more`, where they would be larger than 16 MiB together.

    `after` and `before` name a message, which may have been deleted since (for thirty days): `after` alone goes on
    behind it in the given order, `before` alone gives the messages next to it on its other side, both together what is
    strictly between. Raises `UnknownCursor` for a cursor of another thread.
    """
    query = without_none(
        limit=MAX_PAGE if limit is None else limit,
        after=after,
        before=before,
        order=order,
        run_id=run_id,
        role=role,
        sender_id=sender_id,
    )
    no_limit = limit is None
    path = f"{thread_path(thread_id)}/messages"
    return Call("GET", path, _page, query=query, all_pages=no_limit, limit_may_shrink=no_limit)


def iter_messages(thread_id: str, **filters: Any) -> Call[Page[MessageRecord]]:
    """All messages of a thread, page by page; takes what `list_messages` takes, `limit` being the size of a page."""
    return replace(list_messages(thread_id, **filters), all_pages=False)


def update_message(
    message_id: str,
    *,
    content: str | list[dict[str, Any]] | None = None,
    meta_data: dict[str, Any] | None = None,
    status: str | None = None,
    role: str | None = None,
    tool_call_id: str | None = None,
    expected_revision: int | None = None,
) -> Call[MessageRecord]:
    """Change a message in its place; `meta_data` is replaced, what is None stays.

    Raises `PreconditionFailed` if `expected_revision` is given and the message has another by now.
    """
    body = without_none(content=content, meta_data=meta_data, status=status, role=role, tool_call_id=tool_call_id)
    return Call("PUT", _path(message_id), MessageRecord, body=body, if_match=_if_revision_is(expected_revision))


def delete_message(
    message_id: str, *, thread_id: str | None = None, expected_revision: int | None = None
) -> Call[Deleted]:
    """Delete one message; its number is never given again, and cursors that name it keep working for thirty days.

    Raises `PreconditionFailed` if `expected_revision` is given and the message has another by now.
    """
    return Call("DELETE", _path(message_id, thread_id), Deleted, if_match=_if_revision_is(expected_revision))


def get_formatted_messages(thread_id: str) -> Call[list[dict[str, Any]]]:
    """The whole history as a chat-completions call wants it: `role`, `content`, and what tools need.

    Raises `TooLarge` beyond 64 MiB as JSON.
    """
    return Call("GET", f"{thread_path(thread_id)}/formatted_messages", list[dict[str, Any]])


def _if_revision_is(expected: int | None) -> str | None:
    return None if expected is None else f'"{expected}"'


def _if_newest_is(expected_seq: int | None) -> str | None:
    return None if expected_seq is None else f'"*.{expected_seq}"'
