"""The changed fields of a message that has an item: its text and its call follow from the item."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from pydantic_core import PydanticCustomError

from ..errors import InvalidInput
from ..history import ITEM_KINDS, TEXT_OUTPUTS, content_of, split_content, split_output
from ..inputs import readable_item
from .appends import set_item

if TYPE_CHECKING:
    from ..documents import MessageRow
    from ..inputs import MessageChanges

_NO_TEXT = frozenset({"type", "id", "call_id", "status", "phase", "name", "namespace", "caller", "created_by"})
"""Fields of items that hold no text of a message."""


def require_item_beside(row: MessageRow) -> None:
    """Refuse to change the content alone if the text of the message may also stand in its item."""
    item, _ = split_output(row["type"], row.get("item") or {})
    if item.keys() - _NO_TEXT:
        rule = "send `item` too: the text of this message may also stand in its item"
        raise InvalidInput.at("content", rule, "item_required")


def change_item(changes: MessageChanges, row: MessageRow) -> dict[str, Any]:
    """The stored fields of a message with a type or an item of its own that the changes set. None removes a field."""
    kind = row["type"]
    _require_role(changes, kind)
    if changes.tool_calls is not None and changes.item is None and kind != "message":
        raise InvalidInput.at("tool_calls", f"the call of a {kind} follows from its item: send `item`", "item_required")
    if changes.item is None and changes.content is None:
        return _changed_names(changes, row)
    if changes.item is None:
        require_item_beside(row)
    item = changes.item if changes.item is not None else row.get("item")
    if kind in TEXT_OUTPUTS and changes.item is None:  # an older version stored the output in the item too
        item = split_output(kind, item or {})[0] if item is not None else None
    return _fields_of(changes, row, _with_names(changes, _checked(changes, row, item)))


def _require_role(changes: MessageChanges, kind: str) -> None:
    found = ITEM_KINDS.get(kind)
    if changes.role is not None and found is not None and found.family != "other" and changes.role != found.role:
        raise InvalidInput.at("role", f"a {kind} has the role {found.role}", "item_rule")


def _checked(changes: MessageChanges, row: MessageRow, item: dict[str, Any] | None) -> dict[str, Any] | None:
    if row["type"] == "message":
        return item
    fields = {"type": row["type"], "content": changes.content, "tool_calls": changes.tool_calls}
    try:
        return readable_item(item, fields | {"tool_call_id": changes.tool_call_id})
    except PydanticCustomError as error:
        raise InvalidInput.at("item", error.message(), error.type) from None


def _with_names(changes: MessageChanges, item: dict[str, Any] | None) -> dict[str, Any] | None:
    """The item with the changed status and call id, if it has such fields."""
    if item is None:
        return None
    names = {"status": changes.status, "call_id": changes.tool_call_id}
    return {**item, **{name: value for name, value in names.items() if value is not None and name in item}}


def _changed_names(changes: MessageChanges, row: MessageRow) -> dict[str, Any]:
    item = row.get("item")
    changed = _with_names(changes, item)
    return {} if changed == item else {"item": changed}


def _fields_of(changes: MessageChanges, row: MessageRow, item: dict[str, Any] | None) -> dict[str, Any]:
    """The fields that follow from a new item or a new content, computed as for a new message."""
    kind = row["type"]
    follows = kind in ITEM_KINDS and changes.item is not None and changes.content is None
    kept = "" if follows and not _keeps_output(kind, item) else content_of(row)
    content = kept if changes.content is None else changes.content
    names = {"type": kind, "status": changes.status, "tool_call_id": changes.tool_call_id}
    scratch = cast("MessageRow", names)
    set_item(scratch, item, content, changes.tool_calls)
    found: dict[str, Any] = {"content": scratch["content"], "parts": scratch.get("parts")}
    if changes.item is not None:
        found["item"] = scratch.get("item")
        found |= {name: scratch[name] for name in ("tool_calls", "tool_call_id") if scratch.get(name) is not None}
    elif kind in TEXT_OUTPUTS:
        found |= {"item": item} if item is not None else {}
        found["content"], found["parts"] = split_content(content)
    return found


def _keeps_output(kind: str, item: dict[str, Any] | None) -> bool:
    """Whether a new item says nothing about the output that is stored beside it."""
    return kind in TEXT_OUTPUTS and split_output(kind, item or {})[1] is None
