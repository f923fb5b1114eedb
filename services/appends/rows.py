"""Builds the stored rows of messages from input models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from pydantic_core import PydanticCustomError

from ...clock import naive_utc, now
from ...documents import MESSAGE_SCHEMA_VERSION
from ...errors import Forbidden
from ...ids import ordered_names
from ...inputs import check_storable, has_at_most
from ...settings import Limits
from ..document_size import LARGEST_DOCUMENT_BYTES, require_room

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from ...documents import MessageRow
    from ...inputs import NewMessage, StoredMessage
    from ..caller import Caller

_DEEPEST_CALL = 64
_MOST_CALL_ELEMENTS = Limits().max_message_elements
# BSON needs several times the bytes of JSON (small numbers in lists), and the text of parts is stored twice. Both together
# are less than 16 times the bytes of JSON.
_SURELY_STORABLE_BYTES = LARGEST_DOCUMENT_BYTES // 16
_ASSISTANT_ROLES = frozenset({"assistant", "tool"})


def message_rows(
    thread_id: str,
    messages: Sequence[NewMessage],
    caller: Caller,
    participant_ids: list[str],
    *,
    prefix: str,
    moment: datetime | None = None,
) -> list[MessageRow]:
    """The rows of messages that are written together. All have the same `created_at`: `moment`, or the current time.

    The rows have no numbers yet (`seq` is 0). Raises `Forbidden` if the caller may not write as one of the senders.
    """
    moment = moment or now()
    return [
        message_row(
            thread_id,
            message,
            sender(caller, message.role, message.sender_id, participant_ids),
            prefix=prefix,
            moment=moment,
            id_characters=id_characters,
        )
        for message, id_characters in zip(messages, ordered_names(len(messages)), strict=True)
    ]


def message_row(
    thread_id: str,
    message: NewMessage,
    sender_id: str | None,
    *,
    prefix: str = "message",
    moment: datetime | None = None,
    id_characters: str | None = None,
) -> MessageRow:
    """The row of a new message, without its number (`seq` is 0). `id_characters` is the id without its prefix.

    Raises `TooLarge` if the row is larger than a document of MongoDB.
    """
    moment = moment or now()
    text, parts = split_content(message.content)
    kind, item = message.kind()
    row: MessageRow = {
        "_id": f"{message.id_prefix_or(prefix)}_{id_characters or ordered_names(1)[0]}",
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
        "completed_at": moment if message.role in _ASSISTANT_ROLES and message.status in (None, "completed") else None,
        "incomplete_at": moment if message.status == "incomplete" else None,
        "revision": 1,
        "schema_version": MESSAGE_SCHEMA_VERSION,
    }
    if parts is not None:
        row["parts"] = parts
    if item is not None:
        row["item"] = item
    _add_rare_fields(row, message)
    if message.size() > _SURELY_STORABLE_BYTES:
        _require_storable(row)
    return row


def _add_rare_fields(row: MessageRow, message: NewMessage) -> None:
    tool_calls = message.tool_calls
    if tool_calls is None:
        tool_calls = tool_calls_in(message.role, row["content"])
    if tool_calls is not None:
        row["tool_calls"] = tool_calls
    if message.client_id is not None:
        row["client_id"] = message.client_id


def _require_storable(row: MessageRow) -> None:
    """Raise `TooLarge` for a row that MongoDB would refuse. It would also refuse the rows that share its insert."""
    require_room(row, "message")


def stored_row(thread_id: str, message: StoredMessage, sender_id: str | None, *, prefix: str = "message") -> MessageRow:
    """The row of an imported message. Its id and its times are kept if they are given.

    If `created_at` is given, `imported_at` is the current time. Then `updated_at` is `created_at` unless it is given, and
    the other times are empty unless they are given.
    """
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
    """The text of a message, and its parts. The parts are None if the content is one plain text."""
    if isinstance(content, str):
        return content, None
    return "\n\n".join(filter(None, map(text_of, content))), content


def text_of(part: dict[str, Any]) -> str:
    """The text or the refusal in a part of any API; an empty string if it has neither."""
    text = part.get("text", part.get("refusal", ""))
    if isinstance(text, dict):
        text = text.get("value", "")
    return text if isinstance(text, str) else ""


def sender(caller: Caller, role: str, named: str | None, participant_ids: list[str]) -> str | None:
    """The `sender_id` of a message: `named` if it is given, and the role for assistants and tools.

    For the role "user", it is the user of the API key, or else the only participant of the thread. Else it is None.
    Raises `Forbidden` if the key of a user names another user, or names anybody else for the role "user".
    """
    if caller.user_id is not None and named not in (None, caller.user_id) and (role == "user" or _is_user(named)):
        raise Forbidden("send messages as somebody else")
    if named is not None:
        return named
    if role in _ASSISTANT_ROLES:
        return role
    if role != "user":
        return None
    if caller.user_id is not None:
        return caller.user_id
    return participant_ids[0] if len(participant_ids) == 1 else None


def _is_user(sender_id: str | None) -> bool:
    return sender_id is not None and sender_id.startswith("user_")


def tool_calls_in(role: str, text: str) -> list[dict[str, Any]] | None:
    """The tool calls that clients of the original service send as a JSON list in the text of an assistant, or None.

    The text is stored unchanged. The calls are stored beside it, so that they can be queried.
    """
    if role != "assistant" or not text.startswith("[") or not has_at_most(text, _MOST_CALL_ELEMENTS):
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
