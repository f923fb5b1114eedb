"""What the OpenAI door takes for conversations and their items."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field

from ....inputs import NewItem, NewThread
from .items.kinds import KINDS
from .items.outputs import CompactionTrigger, ItemReference
from .items.parts import MessageItem
from .values import Body, Choice, Metadata, bounded

MOST_ITEMS = 20

_SHAPES: dict[str, Any] = {
    "message": MessageItem,
    **{name: kind.shape for name, kind in KINDS.items()},
    "item_reference": ItemReference,
    "compaction_trigger": CompactionTrigger,
}


def _kind_of(item: Any) -> str | None:
    if not isinstance(item, dict):
        return None
    kind = item.get("type")
    if kind is None:
        kind = "item_reference" if "id" in item and "role" not in item else "message"
    return f":{kind}" if isinstance(kind, str) and kind in _SHAPES else None


_NAMES = ", ".join(f"'{name}'" for name in _SHAPES)
Item = Annotated[
    dict[str, Any],
    Choice(_kind_of, ("invalid_kind", f"supported values are: {_NAMES}"), _SHAPES),
    AfterValidator(bounded),
]
"""Any item of a conversation."""

Items = Annotated[list[Item], Field(max_length=MOST_ITEMS)]


class NewConversation(Body):
    """A conversation to make; the body may also be empty."""

    items: Items | None = None
    metadata: Metadata | None = None

    def new(self) -> NewThread:
        """The conversation as services take it."""
        return NewThread.model_construct(
            participant_ids=[],
            meta_data=self.metadata or {},
            tool_resources={},
            messages=[new_item(item) for item in kept(self.items or [])],
        )


class ConversationChanges(Body):
    """What may be changed of a conversation."""

    metadata: Metadata
    """Merged key by key."""


class NewItems(Body):
    """Items to append: all of them, or none."""

    items: Annotated[Items, Field(min_length=1)]

    def new(self) -> list[NewItem]:
        """The items as services take them."""
        return [new_item(item) for item in kept(self.items)]


def kept(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What there is to keep: references name what is kept already, and triggers ask a model for something."""
    return [item for item in items if not is_reference(item) and item.get("type") != "compaction_trigger"]


def is_reference(item: dict[str, Any]) -> bool:
    """Whether this only names an item."""
    return _kind_of(item) == ":item_reference"


def new_item(item: dict[str, Any]) -> NewItem:
    """An item as services take it; all that pydantic would make a new list or dict for is said, as it takes its time."""
    kind = KINDS.get(item.get("type", "message"))
    if kind is None:
        return _new_message(item)
    call_id = item.get("call_id") if kind.role == "tool" else None
    if item["type"] == "local_shell_call_output":
        call_id = item.get("id")
    return NewItem.model_construct(
        type=item["type"],
        role=item.get("role", kind.role),
        content=kind.text(item) or "",
        attachments=[],
        meta_data={},
        tool_call_id=call_id,
        item={name: value for name, value in item.items() if not _unsaid(name, value)},
        id_prefix=kind.prefix,
    )


def _unsaid(name: str, value: Any) -> bool:
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
    """Whether a part is what a text alone would be answered as."""
    if role == "assistant":
        return (
            part["type"] == "output_text"
            and not part.get("annotations")
            and set(part) <= {"type", "text", "annotations"}
        )
    return part["type"] == "input_text" and set(part) == {"type", "text"}
