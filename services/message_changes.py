"""Builds the MongoDB update for the changes of a message. A changed text changes in every field in which it stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..clock import now
from ..documents import ANCHOR_OF_PINNED
from ..errors import InvalidInput
from ..history import repeats_calls, split_content, text_calls
from ..stored_json import as_json
from .appends import status_in
from .item_changes import change_item, require_item_beside

if TYPE_CHECKING:
    from datetime import datetime

    from ..documents import MessageRow
    from ..inputs import MessageChanges

_PLAIN_FIELDS = ("role", "attachments", "assistant_id", "run_id", "tool_call_id", "incomplete_details", "meta_data")


@dataclass(slots=True)
class MessageUpdate:
    """The update of a stored message: the fields that it sets, and the fields that it removes."""

    fields: dict[str, Any]
    removed: dict[str, int] = field(default_factory=dict)
    needs_revision: bool = False
    """Whether a field was computed from the row. Then the update is right for this revision of the row only."""

    def set(self, name: str, value: object) -> None:
        """Set a field that may be absent. None removes it."""
        if value is None:
            self.removed[name] = 1
            self.fields.pop(name, None)
        else:
            self.fields[name] = value

    @property
    def operators(self) -> dict[str, Any]:
        """The update in the form of MongoDB. `revision` grows by one."""
        update: dict[str, Any] = {"$set": self.fields, "$inc": {"revision": 1}}
        return {**update, "$unset": self.removed} if self.removed else update


def update_of(changes: MessageChanges, row: MessageRow) -> MessageUpdate:
    """The update that makes these changes to the message in `row`.

    Raises `InvalidInput` if a text would stay in a field that is not changed, or if the changes contradict the item.
    """
    moment = now()
    given = {name: value for name in _PLAIN_FIELDS if (value := getattr(changes, name)) is not None}
    update = MessageUpdate({**given, "updated_at": moment})
    status: str | None = changes.status
    if status is None and changes.item is not None and row["type"] != "message":
        status = status_in(changes.item)
    if status is not None:
        update.fields |= _status_fields(status, row, moment)
    update.needs_revision = changes.item is not None or "item" in row or "tool_calls" in row
    _pin(update, changes, row)
    if row["type"] != "message" or changes.item is not None:
        for name, value in change_item(changes, row).items():
            update.set(name, value)
    else:
        _change_words(update, changes, row)
    return update


def _pin(update: MessageUpdate, changes: MessageChanges, row: MessageRow) -> None:
    """Pin the message, or remove the pin. Raises `InvalidInput` for a summary."""
    if changes.pinned is None:
        return
    if changes.pinned and "covers" in row:
        raise InvalidInput.at("pinned", "a summary cannot be pinned: windows use the newest one")
    if "covers" not in row:
        update.set("pinned", changes.pinned or None)
        update.set("anchor", ANCHOR_OF_PINNED if changes.pinned else None)


def _status_fields(status: str, row: MessageRow, moment: datetime) -> dict[str, Any]:
    """The fields of a status: without the times and the reason of the old status."""
    fields: dict[str, Any] = {"status": status, "completed_at": None, "incomplete_at": None}
    if status == "completed":
        fields["completed_at"] = row["completed_at"] or moment
    if status == "incomplete":
        return fields | {"incomplete_at": moment}
    return fields | {"incomplete_details": None}


def _change_words(update: MessageUpdate, changes: MessageChanges, row: MessageRow) -> None:
    """Change the words and the calls of a message without an item of its own.

    If the text repeats the calls, as clients of the original service send them, both change together.
    """
    calls_are_text = repeats_calls(row["content"], row.get("tool_calls"))
    if changes.content is not None:
        require_item_beside(row)
        text, parts = split_content(changes.content)
        update.fields["content"] = text
        update.set("parts", parts)
        if calls_are_text:
            update.set("tool_calls", text_calls(changes.role or row["role"], text))
    if changes.tool_calls is not None:
        update.set("tool_calls", changes.tool_calls)
        update.removed.pop("tool_calls", None)
        if calls_are_text and changes.content is None:
            update.fields["content"] = as_json(changes.tool_calls).decode() if changes.tool_calls else ""
