"""Renders messages as messages of a thread of the Assistants API. Decision 0020 lists the forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ....clock import epoch_seconds
from ....history import is_summary, repeats_calls, summary_text
from .sent_items import render_sent_item
from .shapes import as_json, kind_of, status_of
from .threads import render_metadata

if TYPE_CHECKING:
    from ....documents import MessageRow

_REASONS = frozenset({"content_filter", "max_tokens", "run_cancelled", "run_expired", "run_failed"})
_TOOLS = frozenset({"code_interpreter", "file_search"})
_DETAILS = frozenset({"auto", "low", "high"})
Part = dict[str, Any]


def render_thread_message(row: MessageRow) -> dict[str, Any]:
    """The row as a message of a thread.

    Every page calls this once for each row. So a message with one text takes a single dict literal and little else.
    """
    special = "parts" in row or row["type"] != "message" or "tool_calls" in row or row["attachments"]
    completed_at, incomplete_at = row["completed_at"], row["incomplete_at"]
    details, meta_data = row["incomplete_details"], row["meta_data"]
    return {
        "id": row["_id"],
        "object": "thread.message",
        "created_at": epoch_seconds(row["created_at"]),
        "thread_id": row["thread_id"],
        "status": status_of(row),
        "incomplete_details": _reason(details) if details else None,
        "completed_at": None if completed_at is None else epoch_seconds(completed_at),
        "incomplete_at": None if incomplete_at is None else epoch_seconds(incomplete_at),
        "role": "user" if row["role"] == "user" else "assistant",
        "content": _content(row)
        if special
        else [{"type": "text", "text": {"value": row["content"], "annotations": []}}],
        "assistant_id": row["assistant_id"],
        "run_id": row["run_id"],
        "attachments": _attachments(row) if special else [],
        "metadata": render_metadata(meta_data) if meta_data else meta_data,
    }


def _text(value: str, annotations: list[Part] | None = None) -> Part:
    return {"type": "text", "text": {"value": value, "annotations": annotations or []}}


def _reason(details: dict[str, Any]) -> dict[str, str] | None:
    reason = details.get("reason")
    return {"reason": reason} if isinstance(reason, str) and reason in _REASONS else None


def _content(row: MessageRow) -> list[Part]:
    if is_summary(row):
        return [_text(summary_text(row))]
    if row["type"] != "message":
        return [_text(as_json(render_sent_item(row)))]
    parts = [render_part(stored) for stored in row["parts"]] if "parts" in row else []
    if row["content"] and "parts" not in row:
        parts.append(_text(row["content"]))
    if row.get("tool_calls") and not repeats_calls(row["content"], row["tool_calls"]):
        parts.append(_text(as_json(row["tool_calls"])))
    for attachment in row["attachments"]:
        if attachment.get("type") == "image" and isinstance(attachment.get("file_id"), str):
            parts.append(_image_file(attachment))
        elif not isinstance(attachment.get("file_id"), str):
            parts.append(_text(as_json(attachment)))
    return parts or [_text("")]


def render_part(stored: Part) -> Part:
    """A stored part of either API as a part of a thread message. A part without an equivalent becomes a text with its JSON."""
    kind, text = kind_of(stored), stored.get("text")
    if kind in ("text", "input_text", "output_text"):
        if isinstance(text, str):
            return _text(text)
        if isinstance(text, dict) and isinstance(text.get("value"), str):
            annotations = text.get("annotations")
            return _text(text["value"], list(filter(_is_annotation, annotations)) if annotations else None)
    if kind == "refusal" and isinstance(stored.get("refusal"), str):
        return {"type": "refusal", "refusal": stored["refusal"]}
    return _image(stored) or _text(as_json(stored))


def _image(stored: Part) -> Part | None:
    """An image in the form of a thread or of a conversation. None for other parts."""
    kind = kind_of(stored)
    inner = stored.get(kind) if kind in ("image_url", "image_file") else None
    if isinstance(inner, dict):
        stored = {**inner, "image_url": inner.get("url")}
    elif kind != "input_image":
        return None
    if isinstance(stored.get("image_url"), str):
        return {"type": "image_url", "image_url": {"url": stored["image_url"], "detail": _detail(stored)}}
    return _image_file(stored) if isinstance(stored.get("file_id"), str) else None


def _image_file(stored: Part) -> Part:
    return {"type": "image_file", "image_file": {"file_id": stored["file_id"], "detail": _detail(stored)}}


def _detail(stored: Part) -> str:
    detail = stored.get("detail")
    return detail if isinstance(detail, str) and detail in _DETAILS else "auto"


def _is_annotation(annotation: Any) -> bool:
    if not isinstance(annotation, dict) or annotation.get("type") not in ("file_citation", "file_path"):
        return False
    names = annotation.get(annotation["type"])
    return (
        isinstance(names, dict)
        and isinstance(names.get("file_id"), str)
        and isinstance(annotation.get("text"), str)
        and all(type(annotation.get(index)) is int for index in ("start_index", "end_index"))
    )


def _attachments(row: MessageRow) -> list[Part]:
    return [
        {"file_id": attachment["file_id"], "tools": _attachment_tools(attachment)}
        for attachment in row["attachments"]
        if isinstance(attachment.get("file_id"), str) and attachment.get("type") != "image"
    ]


def _attachment_tools(attachment: Part) -> list[Part]:
    tools = attachment.get("tools")
    if not isinstance(tools, list):
        return []
    return [{"type": tool["type"]} for tool in tools if isinstance(tool, dict) and kind_of(tool) in _TOOLS]
