"""Refuses references to stored items: an item is in one conversation, and only once."""

from __future__ import annotations

from typing import Any

from ...errors import Forbidden, InvalidInput, MessageNotFound
from ...services import Operations
from .requests import is_reference
from .single_items import find_item


async def check_references(operations: Operations, conversation_id: str | None, items: list[dict[str, Any]]) -> None:
    """Raise an error for the first reference among `items`.

    It is `MessageNotFound` if the caller may not read the item or there is none, and `InvalidInput` otherwise.
    """
    for index, item in enumerate(items):
        if is_reference(item):
            await _refuse(operations, conversation_id, item["id"], index)


async def _refuse(operations: Operations, conversation_id: str | None, item_id: str, index: int) -> None:
    if await _is_in(operations, conversation_id, item_id):
        rule, kind = f"item '{item_id}' is in the conversation already", "item_already_in_conversation"
    else:
        try:
            await operations.messages.get(item_id)
        except Forbidden as error:
            raise MessageNotFound(item_id) from error
        rule, kind = f"item '{item_id}' is another conversation's. Send the item itself", "invalid_value"
    raise InvalidInput([{"loc": ["body", "items", index, "id"], "msg": rule, "type": kind}])


async def _is_in(operations: Operations, conversation_id: str | None, item_id: str) -> bool:
    if conversation_id is None:
        return False
    try:
        await find_item(operations, conversation_id, item_id)
    except MessageNotFound:
        return False
    return True
