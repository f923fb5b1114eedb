"""Request models of conversations and their items, and the conversion to the input of the services."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field

from ....inputs import Entries, NewItem, NewThread, role_of
from .items import KINDS, CompactionTrigger, ItemReference, MessageItem
from .values import Choice, Metadata, RequestModel, bounded

MAX_ITEMS = 20

_SCHEMAS: dict[str, Any] = {
    "message": MessageItem,
    **{name: kind.schema for name, kind in KINDS.items()},
    "item_reference": ItemReference,
    "compaction_trigger": CompactionTrigger,
}


def _tag_of(item: Any) -> str | None:
    if not isinstance(item, dict):
        return None
    kind = item.get("type")
    if kind is None:
        kind = "item_reference" if "id" in item and "role" not in item else "message"
    return f":{kind}" if isinstance(kind, str) and kind in _SCHEMAS else None


_NAMES = ", ".join(f"'{name}'" for name in _SCHEMAS)
AnyItem = Annotated[
    dict[str, Any],
    Choice(_tag_of, ("invalid_kind", f"supported values are: {_NAMES}"), _SCHEMAS),
    AfterValidator(bounded),
]
"""Any item of a conversation."""

Items = Annotated[Entries[AnyItem], Field(max_length=MAX_ITEMS)]


class NewConversation(RequestModel):
    """A conversation to create. The body may be empty."""

    items: Items | None = None
    metadata: Metadata | None = None

    def to_input(self) -> NewThread:
        """The conversation as input of the services."""
        return NewThread.model_construct(
            participant_ids=[],
            meta_data=self.metadata or {},
            tool_resources={},
            messages=[new_item(item) for item in storable(self.items or [])],
        )


class ConversationChanges(RequestModel):
    """The changes of a conversation."""

    metadata: Metadata
    """Merged by key."""


class NewItems(RequestModel):
    """The items to append. Either all of them are stored, or none."""

    items: Annotated[Items, Field(min_length=1)]

    def to_input(self) -> list[NewItem]:
        """The items as input of the services, without references and triggers."""
        return [new_item(item) for item in storable(self.items)]


def storable(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The items that have content. A reference names a stored item, and a trigger is a request to a model."""
    return [item for item in items if not is_reference(item) and item.get("type") != "compaction_trigger"]


def is_reference(item: dict[str, Any]) -> bool:
    """Whether the item is only a reference to a stored item."""
    return _tag_of(item) == ":item_reference"


def new_item(item: dict[str, Any]) -> NewItem:
    """The item as input of the services.

    Every field that has a default factory is given, because pydantic's factories are slow.
    """
    kind = item.get("type", "message")
    if kind not in KINDS:
        return _new_message(item)
    return NewItem.model_construct(
        type=kind,
        role=role_of(kind, item),
        content="",
        attachments=[],
        meta_data={},
        item={name: value for name, value in item.items() if not _is_empty_field(name, value)},
    )


def _is_empty_field(name: str, value: Any) -> bool:
    return value is None and name in ("id", "status", "execution")


def _new_message(item: dict[str, Any]) -> NewItem:
    content, role = item["content"], item["role"]
    if isinstance(content, list) and len(content) == 1 and _is_plain(content[0], role):
        content = content[0]["text"]
    return NewItem.model_construct(
        role=role,
        content=content,
        status=item.get("status"),
        attachments=[],
        meta_data={},
        item={"phase": item["phase"]} if item.get("phase") else None,
        id_prefix="msg",
    )


def _is_plain(part: dict[str, Any], role: str) -> bool:
    """Whether the part is equal to the part that the API shows for a message whose content is one text."""
    if role == "assistant":
        return (
            part["type"] == "output_text"
            and not part.get("annotations")
            and set(part) <= {"type", "text", "annotations"}
        )
    return part["type"] == "input_text" and set(part) == {"type", "text"}
