"""Renders messages as items of a conversation. Decision 0020 lists the forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ConfigDict, TypeAdapter, ValidationError

from ..requests import KINDS, MessagePart
from .shapes import as_json, content_repeats_calls, kind_of, status_of

if TYPE_CHECKING:
    from ....documents import MessageRow

_ROLES = {
    role: role for role in ("user", "assistant", "system", "developer", "tool", "unknown", "critic", "discriminator")
} | {"platform": "system"}
Part = dict[str, Any]


def render_item(row: MessageRow) -> dict[str, Any]:
    """The row as an item.

    Every page calls this once for each row. So a message with one text takes a single dict literal and little else.
    """
    role = row["role"]
    if row["type"] != "message":
        return render_sent_item(row)
    if role == "tool" and row["tool_call_id"] is not None:
        return _tool_output(row)
    special = "parts" in row or "item" in row or "tool_calls" in row or row["attachments"]
    if special and (call := _only_call(row)) is not None:
        return call
    shown = {
        "id": row["_id"],
        "type": "message",
        "status": status_of(row),
        "role": _ROLES.get(role, "unknown"),
        "content": _content(row) if special else [_text(row["content"], role)],
    }
    if special and (item := row.get("item")):
        shown |= {name: value for name, value in item.items() if name not in shown}
    return shown


def render_sent_item(row: MessageRow) -> dict[str, Any]:
    """A row whose `type` is not `message`: the item as it was sent, with the defaults that an answer must have."""
    kind = KINDS.get(row["type"])
    if kind is None:  # an import stored a kind that OpenAI does not have
        text = _text(as_json({"type": row["type"], **row.get("item", {})}), row["role"])
        return {
            "id": row["_id"],
            "type": "message",
            "status": status_of(row),
            "role": _ROLES.get(row["role"], "unknown"),
            "content": [text],
        }
    shown = {**kind.defaults, **row.get("item", {}), "type": row["type"], "id": row["_id"]}
    if isinstance(shown.get("output"), list):
        shown["output"] = [_completed(part) if isinstance(part, dict) else part for part in shown["output"]]
    return shown


def _tool_output(row: MessageRow) -> dict[str, Any]:
    """A tool's output that the native API stored."""
    return {
        "id": row["_id"],
        "type": "function_call_output",
        "status": status_of(row),
        "call_id": row["tool_call_id"],
        "output": _input_parts(row) if "parts" in row else row["content"],
    }


def _only_call(row: MessageRow) -> dict[str, Any] | None:
    """An assistant's message that the native API stored and that consists of one call. None for other messages."""
    calls = row.get("tool_calls", ())
    if len(calls) != 1 or "parts" in row or row["attachments"]:
        return None
    if row["content"] and not (content_repeats_calls(row) and row["_id"].startswith("message_")):
        return None
    call_id, function = calls[0].get("id"), calls[0].get("function")
    if not isinstance(function, dict) or not isinstance(call_id, str) or not isinstance(function.get("name"), str):
        return None
    arguments = function.get("arguments", "{}")
    return {
        "id": row["_id"],
        "type": "function_call",
        "status": status_of(row),
        "call_id": call_id,
        "name": function["name"],
        "arguments": arguments if isinstance(arguments, str) else as_json(arguments),
    }


def _text(text: str, role: str) -> Part:
    if role == "assistant":
        return {"type": "output_text", "text": text, "annotations": []}
    return {"type": "input_text", "text": text}


def _content(row: MessageRow) -> list[Part]:
    role = row["role"]
    if "parts" in row:
        parts = [render_part(stored, role) for stored in row["parts"]]
    else:
        parts = [_text(row["content"], role)] if row["content"] else []
    if row.get("tool_calls") and not content_repeats_calls(row):
        parts.append(_text(as_json(row["tool_calls"]), role))
    parts += [_attachment(attachment, role) for attachment in row["attachments"]]
    return parts if parts or "parts" in row else [_text("", role)]


def render_part(stored: Part, role: str) -> Part:
    """A stored part of either API as a part of an item. A part without an equivalent becomes a text with its JSON."""
    kind, text = kind_of(stored), stored.get("text")
    if kind == "text":
        if isinstance(text, str):
            return _text(text, role)
        if isinstance(text, dict) and isinstance(text.get("value"), str):
            return _annotated(text)
    inner = stored.get(kind) if kind in ("image_url", "image_file") else None
    if isinstance(inner, dict):
        return _image(inner)
    try:
        return _completed(_PART.validate_python(stored))
    except ValidationError:
        return _text(as_json(stored), role)


_PART: TypeAdapter[Part] = TypeAdapter(MessagePart, config=ConfigDict(defer_build=True))
_DETAILED = frozenset({"input_image", "computer_screenshot"})


def _completed(stored: Part) -> Part:
    """The part with the fields that an answer must have."""
    kind = stored.get("type")
    if kind == "output_text":
        return {**stored, "annotations": stored.get("annotations") or []}
    if kind in _DETAILED:
        return {**stored, "detail": stored.get("detail") or "auto"}
    return stored


def _image(inner: Part) -> Part:
    names = {"image_url": inner.get("url"), "file_id": inner.get("file_id")}
    shown = {name: value for name, value in names.items() if isinstance(value, str)}
    detail = inner.get("detail")
    return {"type": "input_image", **shown, "detail": detail if detail in ("low", "high", "original") else "auto"}


def _attachment(attachment: Part, role: str) -> Part:
    file_id = attachment.get("file_id")
    if not isinstance(file_id, str):
        return _text(as_json(attachment), role)
    if attachment.get("type") == "image":
        return {"type": "input_image", "file_id": file_id, "detail": "auto"}
    return {"type": "input_file", "file_id": file_id}


def _annotated(text: Part) -> Part:
    """A text of a thread with its citations."""
    citations = []
    for annotation in text.get("annotations") or ():
        kind = kind_of(annotation) if isinstance(annotation, dict) else ""
        names = annotation.get(kind) if kind in ("file_citation", "file_path") else None
        if isinstance(names, dict) and isinstance(names.get("file_id"), str):
            at = annotation.get("end_index")
            citation = {"type": kind, "file_id": names["file_id"], "index": at if type(at) is int else 0}
            citations.append(citation | ({"filename": ""} if kind == "file_citation" else {}))
    return {"type": "output_text", "text": text["value"], "annotations": citations}


def _input_parts(row: MessageRow) -> list[Part]:
    allowed = ("input_text", "input_image", "input_file")
    shown = [render_part(stored, "tool") for stored in row["parts"]]
    return [one if one["type"] in allowed else _text(as_json(one), "tool") for one in shown]
