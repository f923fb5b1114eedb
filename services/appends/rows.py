"""Builds the stored rows of messages from input models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...clock import naive_utc, now
from ...documents import ANCHOR_OF_PINNED, MESSAGE_SCHEMA_VERSION
from ...errors import Forbidden
from ...history import split_content
from ...ids import ordered_names
from ..database import LARGEST_DOCUMENT_BYTES, require_room
from .item_fields import set_item

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from ...documents import MessageRow
    from ...inputs import NewMessage, StoredMessage
    from ..caller import Caller

# BSON needs several times the bytes of JSON for small numbers in lists. The text of parts and of calls is stored up to three
# times. Both together are less than 16 times the bytes of JSON.
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
    rows = [
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
    drop_repeated_item_ids(rows, set())
    return rows


def drop_repeated_item_ids(rows: list[MessageRow], known: set[str]) -> None:
    """Remove `item_id` from each row whose id is in `known` or in an earlier row. Adds the others to `known`.

    Some clients send the same id with every item. Only the first item of a thread can be found by it.
    """
    for row in rows:
        if "item_id" not in row:
            continue
        if row["item_id"] in known:
            del row["item_id"]
        else:
            known.add(row["item_id"])


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
    row: MessageRow = {
        "_id": f"{message.id_prefix_or(prefix)}_{id_characters or ordered_names(1)[0]}",
        "thread_id": thread_id,
        "seq": 0,
        "type": message.type,
        "role": message.role,
        "content": "",
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
        "completed_at": None,
        "incomplete_at": None,
        "revision": 1,
        "schema_version": MESSAGE_SCHEMA_VERSION,
    }
    _set_content(row, message)
    if message.client_id is not None:
        row["client_id"] = message.client_id
    _set_marks(row, message)
    _set_status_times(row, moment)
    if message.size() > _SURELY_STORABLE_BYTES:
        _require_storable(row)
    return row


def _set_content(row: MessageRow, message: NewMessage) -> None:
    """Set the text of the row, and its parts, calls and item if the message has any."""
    if message.type != "message" or message.item is not None:
        set_item(row, message.item, message.content, message.tool_calls)
        return
    row["content"], parts = split_content(message.content)
    if parts is not None:
        row["parts"] = parts
    if message.tool_calls is not None:
        row["tool_calls"] = message.tool_calls


def _set_marks(row: MessageRow, message: NewMessage) -> None:
    """Set what makes the message part of windows: that it is pinned, or the messages that it covers."""
    if marks := message.marks():
        row.update(marks)  # type: ignore[typeddict-item]  # these fields have the types of the row
        row["anchor"] = row["covers"]["upto_seq"] if "covers" in row else ANCHOR_OF_PINNED


def _set_status_times(row: MessageRow, moment: datetime) -> None:
    """Set the time at which the message became complete or incomplete."""
    if row["role"] in _ASSISTANT_ROLES and row["status"] in (None, "completed"):
        row["completed_at"] = moment
    if row["status"] == "incomplete":
        row["incomplete_at"] = moment


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
