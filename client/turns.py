"""Builds the calls of `message_service` that change several parts of a thread in one step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..json_values import entries
from ..records import MessageRecord, ThreadRecord, TurnRecord
from .call import Call, list_of, without_none
from .threads import thread_if_match, thread_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..inputs import MessageInput

_new_messages = list_of(MessageRecord, "data")


def commit_turn(
    thread_id: str,
    messages: Sequence[MessageInput] | None = None,
    *,
    after_seq: int | None = None,
    meta_data: dict[str, Any] | None = None,
    tool_resources: dict[str, Any] | None = None,
    title: str | None = None,
    archived: bool | None = None,
    pinned: bool | None = None,
    labels: Sequence[str] | None = None,
    expected_revision: int | None = None,
    expected_seq: int | None = None,
) -> Call[TurnRecord]:
    """Append messages and change the thread, all together: every reader sees both, or neither.

    `meta_data` is merged key by key, and the other fields are replaced, as by `update_thread`. With `after_seq`, all messages
    with higher numbers are removed at the same moment, and `messages` take their place; then `messages` may be empty.

    Returns `thread`, as it is after the turn, and `messages`. Nothing is written and `PreconditionFailed` is raised if
    `expected_revision` or `expected_seq` is given and is not the revision of the thread or its newest number.
    The numbers of removed messages are never given again.
    """
    body = without_none(
        messages=entries(messages),
        after_seq=after_seq,
        meta_data=meta_data,
        tool_resources=tool_resources,
        title=title,
        archived=archived,
        pinned=pinned,
        labels=entries(labels),
    )
    if_match = thread_if_match(expected_revision, expected_seq)
    return Call("POST", f"{thread_path(thread_id)}/turns", _turn, body=body, if_match=if_match)


def replace_messages(
    thread_id: str,
    after_seq: int,
    messages: Sequence[MessageInput],
    *,
    expected_revision: int | None = None,
    expected_seq: int | None = None,
) -> Call[list[MessageRecord]]:
    """Remove all messages whose number is higher than `after_seq`, and append `messages` in their place.

    Every reader sees the old messages or the new ones. The new ones have new numbers. Raises `PreconditionFailed` like
    `commit_turn`.
    """
    body = {"after_seq": after_seq, "messages": [] if messages is None else entries(messages)}
    if_match = thread_if_match(expected_revision, expected_seq)
    return Call("PUT", f"{thread_path(thread_id)}/messages", _new_messages, body=body, if_match=if_match)


def truncate_messages(
    thread_id: str,
    after_seq: int,
    *,
    expected_revision: int | None = None,
    expected_seq: int | None = None,
) -> Call[ThreadRecord]:
    """Remove all messages whose number is higher than `after_seq`, and return the thread as it is after that.

    They disappear together, for every reader. Their numbers are never given again. Raises `PreconditionFailed` like
    `commit_turn`.
    """
    if_match = thread_if_match(expected_revision, expected_seq)
    query = {"after_seq": after_seq}
    return Call("DELETE", f"{thread_path(thread_id)}/messages", ThreadRecord, query=query, if_match=if_match)


def clear_messages(
    thread_id: str,
    *,
    expected_revision: int | None = None,
    expected_seq: int | None = None,
) -> Call[ThreadRecord]:
    """Remove all messages of a thread, and return the thread as it is after that. The thread itself stays.

    They disappear together, for every reader. Raises `PreconditionFailed` like `commit_turn`.
    """
    return truncate_messages(thread_id, 0, expected_revision=expected_revision, expected_seq=expected_seq)


def pop_message(
    thread_id: str,
    *,
    expected_revision: int | None = None,
    expected_seq: int | None = None,
) -> Call[MessageRecord | None]:
    """Remove the newest message of a thread and return it. Returns None if the thread has no message.

    Its number is never given again. Raises `PreconditionFailed` like `commit_turn`.
    """
    if_match = thread_if_match(expected_revision, expected_seq)
    return Call("POST", f"{thread_path(thread_id)}/messages/pop", _popped, if_match=if_match)


def _turn(answer: Any) -> TurnRecord:
    return TurnRecord.of(ThreadRecord(answer["thread"]), list(map(MessageRecord, answer["messages"])))


def _popped(answer: Any) -> MessageRecord | None:
    return None if answer is None else MessageRecord(answer)
