"""Checks what the SDK built: it builds objects from anything, so a wrong answer would show much later, or never."""

from __future__ import annotations

from typing import Any, get_args

from openai.types.beta import Thread, ThreadDeleted
from openai.types.beta.threads import Message, MessageDeleted
from openai.types.conversations import Conversation, ConversationDeletedResource, ConversationItemList
from openai.types.conversations.conversation_item import ConversationItem
from pydantic import BaseModel

ITEM_TYPES: dict[str, type[BaseModel]] = {
    get_args(model.model_fields["type"].annotation)[0]: model for model in get_args(get_args(ConversationItem)[0])
}
"""The SDK's types of items, by the word in `type`."""
KEYS: dict[Any, set[str]] = {
    Thread: {"id", "object", "created_at", "metadata", "tool_resources"},
    Message: {
        "id", "object", "created_at", "thread_id", "status", "incomplete_details", "completed_at", "incomplete_at",
        "role", "content", "assistant_id", "run_id", "attachments", "metadata",
    },
    Conversation: {"id", "object", "created_at", "metadata"},
    ThreadDeleted: {"id", "object", "deleted"},
    MessageDeleted: {"id", "object", "deleted"},
    ConversationDeletedResource: {"id", "object", "deleted"},
    ConversationItemList: {"object", "data", "first_id", "last_id", "has_more"},
}  # fmt: skip
"""The keys that must be there, which the SDK's types allow to be missing."""


def checked(answer: Any, *, extra: bool = False) -> Any:
    """The answer again, if it is exactly what the SDK's type says: everything there, of its type, and (unless `extra`) no more."""
    sent = answer.to_dict()
    kind = type(answer)
    model = kind.model_validate(sent, strict=True)
    assert extra or not list(_extra(model, kind.__name__))
    if kind in KEYS:
        assert set(sent) == KEYS[kind]
    return answer


def checked_item(item: Any, *, extra: bool = False) -> Any:
    """An item again, if it is exactly what the SDK's type for it says."""
    sent = item.to_dict()
    kind = ITEM_TYPES[sent["type"]]
    model = kind.model_validate(sent, strict=True)
    assert extra or not list(_extra(model, kind.__name__))
    assert sent["id"]
    return item


def _extra(value: Any, place: str) -> Any:
    """Where something stands that the type does not know."""
    if isinstance(value, BaseModel):
        yield from (f"{place}.{name}" for name in value.model_extra or ())
        for name in type(value).model_fields:
            yield from _extra(getattr(value, name), f"{place}.{name}")
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from _extra(member, f"{place}[{index}]")
