"""Finds and deletes one item. An item may be a part of a message: its words, or one of its calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...errors import MessageNotFound, PreconditionFailed
from ...history import chat_call
from ...inputs import MessageChanges
from .item_pages import is_item, message_of
from .views import INNER, render_entry

if TYPE_CHECKING:
    from ...services import Operations

Item = dict[str, Any]


async def find_item(operations: Operations, conversation_id: str, item_id: str) -> tuple[dict[str, Any], Item]:
    """The message of an item, as `render_entry` makes it, and the item. Raises `MessageNotFound`."""
    messages = operations.messages.rendered_by(render_entry)
    try:
        entry = await messages.get(item_id, thread_id=conversation_id)
    except MessageNotFound:
        if INNER not in item_id:
            raise
        entry = await messages.get(message_of(item_id), thread_id=conversation_id)
    for item in entry["items"]:
        if is_item(item, item_id) or (len(entry["items"]) == 1 and item_id == entry["id"]):
            return entry, item
    raise MessageNotFound(item_id)


async def delete_item(operations: Operations, conversation_id: str, item_id: str) -> None:
    """Delete an item. If it is a part of a message, the other parts stay."""
    try:
        entry, item = await find_item(operations, conversation_id, item_id)
    except MessageNotFound:
        await operations.messages.delete(item_id, thread_id=conversation_id)  # a retry, or an unknown id
        return
    while len(entry["items"]) > 1:
        changes = await _changes_without(operations, entry, item)
        try:
            await operations.messages.update(entry["id"], changes, expected_revision=entry["revision"])
        except PreconditionFailed:  # another caller changed the message: look again
            entry, item = await find_item(operations, conversation_id, item_id)
            continue
        return
    await operations.messages.delete(entry["id"], thread_id=conversation_id)


async def _changes_without(operations: Operations, entry: dict[str, Any], item: Item) -> MessageChanges:
    """The changes that remove one item from its message."""
    stored = await operations.messages.get(entry["id"])
    calls = stored["tool_calls"]
    readable = [call for call in calls if chat_call(call) is not None]
    if item["type"] == "message":
        # Calls that cannot be read are shown as words.
        return MessageChanges(content="", attachments=[], tool_calls=readable if len(readable) < len(calls) else None)
    number = [one["id"] for one in entry["items"] if one["type"] != "message"].index(item["id"])
    return MessageChanges(tool_calls=[call for call in calls if call is not readable[number]])
