"""Makes the stored row of a message from what its writer said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import bson
import orjson
from pydantic_core import PydanticCustomError

from ...clock import naive_utc, now
from ...documents import MESSAGE_SCHEMA_VERSION
from ...errors import Forbidden, TooLarge
from ...ids import ordered_names
from ...inputs import check_storable
from ..driver_errors import MONGODB_DOCUMENT_LIMIT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from ...documents import MessageRow
    from ...inputs import NewMessage, StoredMessage
    from ..caller import Caller

_DEEPEST_CALL = 64
# BSON takes several times what JSON does (small numbers in lists), and the text of parts is stored twice; not 16 times.
_SURELY_STORABLE_BYTES = MONGODB_DOCUMENT_LIMIT // 16
_COMPLETE_AT_ONCE = frozenset({"assistant", "tool"})


def message_rows(
    thread_id: str,
    messages: Sequence[NewMessage],
    caller: Caller,
    participant_ids: list[str],
    *,
    prefix: str,
    moment: datetime | None = None,
) -> list[MessageRow]:
    """The rows of messages that are written together: they have one `moment`."""
    moment = moment or now()
    return [
        message_row(
            thread_id,
            message,
            sender(caller, message.role, message.sender_id, participant_ids),
            prefix=prefix,
            moment=moment,
            name=name,
        )
        for message, name in zip(messages, ordered_names(len(messages)), strict=True)
    ]


def message_row(
    thread_id: str,
    message: NewMessage,
    sender_id: str | None,
    *,
    prefix: str = "message",
    moment: datetime | None = None,
    name: str | None = None,
) -> MessageRow:
    """The row of a new message, all but its number; its id ends with `name`."""
    moment = moment or now()
    text, parts = split_content(message.content)
    kind, item = message.kind()
    row: MessageRow = {
        "_id": f"{message.id_prefix_or(prefix)}_{name or ordered_names(1)[0]}",
        "thread_id": thread_id,
        "seq": 0,
        "type": kind,
        "role": message.role,
        "content": text,
        "attachments": message.attachments,
        "sender_id": sender_id,
        "assistant_id": message.assistant_id,
        "run_id": message.run_id,
        "tool_id": message.tool_id,
        "tool_call_id": message.tool_call_id,
        "status": message.status,
        "incomplete_details": message.incomplete_details,
        "meta_data": message.meta_data,
        "created_at": moment,
        "updated_at": moment,
        "completed_at": moment if message.role in _COMPLETE_AT_ONCE and message.status in (None, "completed") else None,
        "incomplete_at": moment if message.status == "incomplete" else None,
        "revision": 1,
        "schema_version": MESSAGE_SCHEMA_VERSION,
    }
    if parts is not None:
        row["parts"] = parts
    if item is not None:
        row["item"] = item
    _add_what_few_have(row, message)
    if message.size() > _SURELY_STORABLE_BYTES:
        _require_storable(row)
    return row


def _add_what_few_have(row: MessageRow, message: NewMessage) -> None:
    tool_calls = message.tool_calls
    if tool_calls is None:
        tool_calls = tool_calls_in(message.role, row["content"])
    if tool_calls is not None:
        row["tool_calls"] = tool_calls
    if message.client_id is not None:
        row["client_id"] = message.client_id


def _require_storable(row: MessageRow) -> None:
    """Refuse a row that MongoDB would refuse together with the rows of other writers, whose insert it shares."""
    if len(bson.encode(row)) > MONGODB_DOCUMENT_LIMIT:
        raise TooLarge("message", MONGODB_DOCUMENT_LIMIT)


def stored_row(thread_id: str, message: StoredMessage, sender_id: str | None, *, prefix: str = "message") -> MessageRow:
    """The row of a message that exists elsewhere: its id, its times and its kind are kept where they are given."""
    row = message_row(thread_id, message, sender_id, prefix=prefix)
    if message.id is not None:
        row["_id"] = message.id
    if message.created_at is not None:
        row["imported_at"] = row["created_at"]
        row["created_at"] = naive_utc(message.created_at)
        row["updated_at"] = row["created_at"] if message.updated_at is None else naive_utc(message.updated_at)
        row["completed_at"] = None if message.completed_at is None else naive_utc(message.completed_at)
        row["incomplete_at"] = None if message.incomplete_at is None else naive_utc(message.incomplete_at)
    return row


def split_content(content: str | list[dict[str, Any]]) -> tuple[str, list[dict[str, Any]] | None]:
    """The text of a message, and its parts where it is more than one plain text."""
    if isinstance(content, str):
        return content, None
    return "\n\n".join(filter(None, map(text_of, content))), content


def text_of(part: dict[str, Any]) -> str:
    """What a part says in words, whatever door it came through."""
    text = part.get("text", part.get("refusal", ""))
    if isinstance(text, dict):
        text = text.get("value", "")
    return text if isinstance(text, str) else ""


def sender(caller: Caller, role: str, named: str | None, participant_ids: list[str]) -> str | None:
    """Who a message is from: whom the caller named, else the key's user, else the thread's only participant.

    A user's key cannot speak for another user.
    """
    if caller.user_id is not None and named not in (None, caller.user_id) and (role == "user" or _is_user(named)):
        raise Forbidden("send messages as somebody else")
    if named is not None:
        return named
    if role in _COMPLETE_AT_ONCE:
        return role
    if role != "user":
        return None
    if caller.user_id is not None:
        return caller.user_id
    return participant_ids[0] if len(participant_ids) == 1 else None


def _is_user(sender_id: str | None) -> bool:
    return sender_id is not None and sender_id.startswith("user_")


def tool_calls_in(role: str, text: str) -> list[dict[str, Any]] | None:
    """The tool calls that the original's clients send as JSON in an assistant's text: the text stays, the calls can be queried."""
    if role != "assistant" or not text.startswith("["):
        return None
    try:
        calls = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    if not (isinstance(calls, list) and all(isinstance(call, dict) and "function" in call for call in calls)):
        return None
    try:
        check_storable(calls, _DEEPEST_CALL)
    except PydanticCustomError:
        return None
    return calls or None
