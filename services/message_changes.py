"""Builds the MongoDB update for the changes of a message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..clock import now
from .appends import split_content, tool_calls_in

if TYPE_CHECKING:
    from ..documents import MessageRow
    from ..inputs import MessageChanges


def update_of(changes: MessageChanges, row: MessageRow) -> dict[str, Any]:
    """The update that makes these changes to the message in `row`. `revision` grows by one.

    A status "completed" or "incomplete" also sets `completed_at` or `incomplete_at` and clears the other. New content also
    replaces `parts`, and `tool_calls` if they came from the old text.
    """
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
        text, parts = split_content(changes.content)
        _set_or_unset(update, "parts", parts)
        fields["content"] = text
        if row.get("tool_calls") == tool_calls_in(row["role"], row["content"]):  # none were given beside the text
            _set_or_unset(update, "tool_calls", tool_calls_in(changes.role or row["role"], text))
    return update


def _set_or_unset(update: dict[str, Any], name: str, value: object) -> None:
    if value is None:
        update.setdefault("$unset", {})[name] = 1
    else:
        update["$set"][name] = value
