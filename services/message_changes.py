"""Makes the update of a message from what is to be changed of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .message_rows import split_content
from .store import now

if TYPE_CHECKING:
    from ..documents import MessageRow
    from ..inputs import MessageChanges


def update_of(changes: MessageChanges, row: MessageRow) -> dict[str, Any]:
    """The update, for a message that is stored as `row`."""
    moment = now()
    fields: dict[str, Any] = {"updated_at": moment}
    for name in ("role", "status", "tool_call_id", "meta_data"):
        value = getattr(changes, name)
        if value is not None:
            fields[name] = value
    if changes.status == "completed" and row["completed_at"] is None:
        fields |= {"completed_at": moment, "incomplete_at": None}
    if changes.status == "incomplete":
        fields |= {"incomplete_at": moment, "completed_at": None}
    update: dict[str, Any] = {"$set": fields, "$inc": {"revision": 1}}
    if changes.content is not None:
        fields["content"], parts = split_content(changes.content)
        if parts is None:
            update["$unset"] = {"parts": 1}
        else:
            fields["parts"] = parts
    return update
