"""Builds the calls of `message_service`: one function for each method of the clients."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Unpack

from ..errors import MessageNotFound, explained
from ..json_values import entries
from ..records import Deleted, MessageRecord
from .call import Call, list_of, page_of, segment, without_none
from .encoding import checked_counter
from .threads import thread_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..inputs import MessageFilters, MessageInput, Order, Role, Status
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
    content: str | list[dict[str, Any]] | None = "",
    role: Role | None = None,
    *,
    type: str = "message",  # noqa: A002 - the name of the field
    item: dict[str, Any] | None = None,
    sender_id: str | None = None,
    assistant_id: str | None = None,
    run_id: str | None = None,
    tool_id: str | None = None,
    tool_call_id: str | None = None,
    tool_calls: list[dict[str, Any]] | None = None,
    attachments: list[dict[str, Any]] | None = None,
    status: Status | None = None,
    incomplete_details: dict[str, Any] | None = None,
    meta_data: dict[str, Any] | None = None,
    client_id: str | None = None,
    expected_seq: int | None = None,
) -> Call[MessageRecord]:
    """Append one message and return it with its number, `seq`. The message is durable when this returns.

    `client_id` makes a retry safe: the same `client_id` in the same thread returns the first message. If `expected_seq`
    is given and is not the number of the thread's newest message, `PreconditionFailed` is raised and nothing is
    written.

    A message of role "user" needs a `sender_id` unless the thread has exactly one participant. Messages of role
    "assistant" and "tool" are complete at once; without a `sender_id` their sender is "assistant" or "tool".

    `type` and `item` store an item, such as a reasoning step or the bookkeeping of a framework (`docs/history.md`). The
    default role is that of the type: "user" for messages. `content` may be None beside `tool_calls` or an item.
    """
    body = without_none(
        role=role,
        type=None if type == "message" else type,
        item=item,
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
    body["content"] = content  # None is allowed beside calls and items, and refused otherwise
    path = f"{thread_path(thread_id)}/messages"
    return Call("POST", path, MessageRecord, body=body, if_match=if_newest_is(expected_seq))


def create_messages(
    thread_id: str, messages: Sequence[MessageInput], *, expected_seq: int | None = None
) -> Call[list[MessageRecord]]:
    """Append up to 1,000 messages in this order: all become visible together, with consecutive numbers, or none.

    Each message is a dict of the arguments of `create_message`. `expected_seq` is that of `create_message`.
    """
    path = f"{thread_path(thread_id)}/messages"
    return Call(
        "POST",
        path,
        _new_messages,
        body={"messages": [] if messages is None else entries(messages)},
        if_match=if_newest_is(expected_seq),
    )


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
    """Append the output of a tool: a message of role "tool". `tool_call_id` names the call that it answers."""
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
    role: Role | None = None,
    sender_id: str | None = None,
    client_id: str | None = None,
) -> Call[Page[MessageRecord]]:
    """Return the messages of a thread by their number, oldest first unless `order` is "desc".

    Returns at most `limit` messages (1 to 1,000), or all of them if it is not given. A page holds at most 16 MiB: if
    it ends earlier, `has_more` is true.

    `after` and `before` take the id of a message, also of one that was deleted in the last thirty days. `after` alone
    continues behind that message in the given order. `before` alone returns the messages next to it on the other side.
    Both together return the messages strictly between. A cursor of another thread raises `UnknownCursor`.

    A page costs the same at every position in a history of every length. A filter by `role` may have to read more.
    `client_id` finds the one message that has it.
    """
    query = without_none(
        limit=MAX_PAGE if limit is None else limit,
        after=after,
        before=before,
        order=order,
        run_id=run_id,
        role=role,
        sender_id=sender_id,
        client_id=client_id,
    )
    no_limit = limit is None
    path = f"{thread_path(thread_id)}/messages"
    return Call("GET", path, _page, query=query, all_pages=no_limit, limit_may_shrink=no_limit)


def iter_messages(thread_id: str, **filters: Unpack[MessageFilters]) -> Call[Page[MessageRecord]]:
    """Iterate over all messages of a thread, page by page. Takes the arguments of `list_messages`.

    `limit` is the size of a page. `before` without `after` gives one page: the messages next to that message.
    """
    return replace(explained(list_messages)(thread_id, **filters), all_pages=False)


def update_message(
    message_id: str,
    *,
    content: str | list[dict[str, Any]] | None = None,
    meta_data: dict[str, Any] | None = None,
    status: Status | None = None,
    role: Role | None = None,
    tool_call_id: str | None = None,
    tool_calls: list[dict[str, Any]] | None = None,
    item: dict[str, Any] | None = None,
    attachments: list[dict[str, Any]] | None = None,
    incomplete_details: dict[str, Any] | None = None,
    run_id: str | None = None,
    assistant_id: str | None = None,
    pinned: bool | None = None,
    expected_revision: int | None = None,
) -> Call[MessageRecord]:
    """Change a message. Each given field is replaced as a whole. None changes nothing.

    New content, or a new item, changes every field in which the text stands. Raises `InvalidInput` if the text may also
    stand in an `item` that is not given. A new `status` removes the times and the reason of the old one.
    `pinned` says whether all windows of the thread hold the message (`context`); a thread has at most 64 such messages.
    Raises `PreconditionFailed` if `expected_revision` is given and is not the revision of the message.
    """
    body = without_none(
        content=content,
        meta_data=meta_data,
        status=status,
        role=role,
        tool_call_id=tool_call_id,
        tool_calls=tool_calls,
        item=item,
        attachments=attachments,
        incomplete_details=incomplete_details,
        run_id=run_id,
        assistant_id=assistant_id,
        pinned=pinned,
    )
    return Call("PUT", _path(message_id), MessageRecord, body=body, if_match=_if_revision_is(expected_revision))


def delete_message(
    message_id: str, *, thread_id: str | None = None, expected_revision: int | None = None
) -> Call[Deleted]:
    """Delete one message. Its number is never given to another message.

    Cursors that name the message keep working for thirty days. Raises `PreconditionFailed` if `expected_revision` is
    given and is not the revision of the message.
    """
    return Call("DELETE", _path(message_id, thread_id), Deleted, if_match=_if_revision_is(expected_revision))


def _if_revision_is(expected_revision: int | None) -> str | None:
    revision = checked_counter("expected_revision", expected_revision)
    return None if revision is None else f'"{revision}"'


def if_newest_is(expected_seq: int | None) -> str | None:
    """The `If-Match` header of an append, or None."""
    seq = checked_counter("expected_seq", expected_seq)
    return None if seq is None else f'"*.{seq}"'
