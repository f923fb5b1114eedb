"""Validates the objects of the SDK, because the SDK builds objects from any answer without validation."""

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
"""The types of items in the SDK, by their `type`."""
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
"""The keys that an answer must have. The types of the SDK allow some of them to be missing."""


def checked(answer: Any, *, extra: bool = False) -> Any:
    """Return the answer if it fits its type exactly: all keys, correct types, and without `extra` no other keys."""
    sent = answer.to_dict()
    kind = type(answer)
    model = kind.model_validate(sent, strict=True)
    assert extra or not list(_extra(model, kind.__name__))
    if kind in KEYS:
        assert set(sent) == KEYS[kind]
    return answer


def checked_item(item: Any, *, extra: bool = False) -> Any:
    """Return the item if it fits its type in the SDK exactly."""
    sent = item.to_dict()
    kind = ITEM_TYPES[sent["type"]]
    model = kind.model_validate(sent, strict=True)
    assert extra or not list(_extra(model, kind.__name__))
    assert sent["id"]
    return item


def _extra(value: Any, path: str) -> Any:
    """Yield the path of each key that the type does not have."""
    if isinstance(value, BaseModel):
        yield from (f"{path}.{name}" for name in value.model_extra or ())
        for name in type(value).model_fields:
            yield from _extra(getattr(value, name), f"{path}.{name}")
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from _extra(member, f"{path}[{index}]")
