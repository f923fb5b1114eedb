"""Renders messages as items of a conversation. Decision 0020 lists the forms."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ....history import content_of, entries_of, item_of_call
from .parts import render_attachment, render_output_part, render_part, render_text
from .sent_items import ROLES, render_sent_item
from .shapes import status_of

if TYPE_CHECKING:
    from ....documents import MessageRow
    from ....history import Entry

Item = dict[str, Any]
_PHASES = ("commentary", "final_answer")
_SAFE_CALL_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
INNER = "~"
"""Separates the id of a message from the id of one of its calls, in the id of an item that is only this call."""


def render_items(row: MessageRow) -> list[Item]:
    """The row as items: one, unless it is a message of an assistant with calls. Then its words and each call are an item.

    Every page calls this once for each row. So a message with one text takes a single dict literal and little else.
    """
    role = row["role"]
    if row["type"] != "message":
        return [render_sent_item(row)]
    if role == "tool" and row["tool_call_id"] is not None:
        return [_tool_output(row)]
    if row.get("tool_calls"):
        return _words_and_calls(row)
    if "parts" in row or "item" in row or row["attachments"]:
        return [_message(row, content_of(row))]
    return [
        {
            "id": row["_id"],
            "type": "message",
            "status": status_of(row),
            "role": ROLES.get(role, "unknown"),
            "content": [render_text(row["content"], role)],
        }
    ]


def render_entry(row: MessageRow) -> dict[str, Any]:
    """The id of the row, and its items."""
    return {"id": row["_id"], "revision": row["revision"], "items": render_items(row)}


def _phase(row: MessageRow) -> Item:
    phase = row.get("item", {}).get("phase")
    return {"phase": phase} if isinstance(phase, str) and phase in _PHASES else {}


def _tool_output(row: MessageRow) -> Item:
    """A tool's output that the native API stored."""
    return {
        "id": row["_id"],
        "type": "function_call_output",
        "status": status_of(row),
        "call_id": row["tool_call_id"],
        "output": [render_output_part(part) for part in row["parts"]] if "parts" in row else row["content"],
    }


def _words_and_calls(row: MessageRow) -> list[Item]:
    """The words of a message, if it has any, and its calls. Each has an id that stays when another one is deleted."""
    entries = entries_of(row)
    calls = [entry for entry in entries if entry.kind == "call"]
    words = next((entry.content for entry in entries if entry.kind == "message"), "")
    shown = [_message(row, words)] if words or row["attachments"] or not calls else []
    if not shown and len(calls) == 1:
        return [_call(row, calls[0], row["_id"])]
    return shown + [_call(row, call, call_item_id) for call, call_item_id in zip(calls, _ids(row, calls), strict=True)]


def _ids(row: MessageRow, calls: list[Entry]) -> list[str]:
    """The ids of the items of the calls. They end with the ids of the calls, or with positions if an id of a call is not safe."""
    names = [str(call.call_id) for call in calls]
    if len(set(names)) < len(names) or not all(map(_SAFE_CALL_ID.fullmatch, names)):
        names = [str(number) for number in range(len(calls))]
    return [f"{row['_id']}{INNER}{name}" for name in names]


def _message(row: MessageRow, words: Any) -> Item:
    role = row["role"]
    content = [render_text(words, role)] if isinstance(words, str) else [render_part(part, role) for part in words]
    if row["attachments"] and words == "":
        content = []
    content += [render_attachment(attachment, role) for attachment in row["attachments"]]
    shown = {
        "id": row["_id"],
        "type": "message",
        "status": status_of(row),
        "role": ROLES.get(role, "unknown"),
        "content": content,
    }
    return shown | _phase(row)


def _call(row: MessageRow, entry: Entry, item_id: str) -> Item:
    kind, item = item_of_call(entry.call or {}) or ("function_call", {})
    status = {"status": status_of(row)} if kind == "function_call" else {}
    return {"id": item_id, "type": kind, **status, **item}
