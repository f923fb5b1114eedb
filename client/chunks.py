"""Builds the calls of `message_service` that send a message in chunks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import ThreadNotFound
from ..records import Deleted, MessageRecord
from .call import Call, possible_id, without_none
from .encoding import text_fragment
from .threads import thread_path

if TYPE_CHECKING:
    from ..inputs import Role, Status


def append_chunk(
    thread_id: str,
    content: str,
    role: Role = "assistant",
    *,
    is_last: bool,
    sender_id: str | None = None,
    assistant_id: str | None = None,
    run_id: str | None = None,
    tool_calls: list[dict[str, Any]] | None = None,
    attachments: list[dict[str, Any]] | None = None,
    status: Status | None = None,
    incomplete_details: dict[str, Any] | None = None,
    meta_data: dict[str, Any] | None = None,
) -> Call[MessageRecord | None]:
    """Add a chunk to an unfinished message. With `is_last`, store all chunks as one message and return it.

    Returns None for a chunk that is not the last. Chunks belong together by API key, thread, run, role, sender and
    assistant, for one day. Raises `TooLarge` if they exceed the limit of a message.

    A chunk may end in the middle of a character, such as an emoji that JSON writes as two escapes. A text that is a JSON
    list of tool calls, as clients of the original service send it, is also stored in `tool_calls`.
    """
    body = without_none(
        thread_id=possible_id(thread_id, ThreadNotFound),
        role=role,
        sender_id=sender_id,
        assistant_id=assistant_id,
        run_id=run_id,
        tool_calls=tool_calls,
        attachments=attachments,
        status=status,
        incomplete_details=incomplete_details,
        meta_data=meta_data,
    )
    body |= {"content": text_fragment(content), "is_last_chunk": is_last}
    return Call("POST", "/v1/messages/assistant", _stored, body=body)


def abort_chunks(
    thread_id: str,
    role: Role = "assistant",
    *,
    sender_id: str | None = None,
    assistant_id: str | None = None,
    run_id: str | None = None,
) -> Call[Deleted]:
    """Remove the chunks of an unfinished message, if there are any. The next chunk begins a new message.

    The arguments are those of `append_chunk`. To keep the chunks that were sent so far, send a last chunk with
    `content=""` and `status="incomplete"` instead.
    """
    query = without_none(role=role, sender_id=sender_id, assistant_id=assistant_id, run_id=run_id)
    return Call("DELETE", f"{thread_path(thread_id)}/chunks", Deleted, query=query)


def _stored(response: Any) -> MessageRecord | None:
    return None if response is None else MessageRecord(response)
