"""Renders stored parts of any API as parts of items."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError

from ..requests import MessagePart
from .shapes import as_json, kind_of

Part = dict[str, Any]

_READ_BY_MODELS = frozenset({"user", "system", "developer", "platform"})
"""The roles whose parts are input of a model. All other roles have output: `output_text` and `refusal` only."""
_OUTPUT_KINDS = ("output_text", "refusal")
_TEXT_KINDS = ("input_text", "text", "summary_text", "reasoning_text")
_INPUT_KINDS = ("input_text", "input_image", "input_file")
_PART: TypeAdapter[Part] = TypeAdapter(MessagePart, config=ConfigDict(defer_build=True))
_DETAILED = frozenset({"input_image", "computer_screenshot"})


def render_text(text: str, role: str) -> Part:
    """A text as a part of a message of this role."""
    if role in _READ_BY_MODELS:
        return {"type": "input_text", "text": text}
    return {"type": "output_text", "text": text, "annotations": []}


def render_part(stored: Part, role: str) -> Part:
    """A stored part of either API as a part of a message of this role. Without an equivalent, it becomes a text with its JSON."""
    shown = _any_part(stored)
    if shown is None:
        return render_text(as_json(stored), role)
    if role in _READ_BY_MODELS or shown["type"] in _OUTPUT_KINDS:
        return shown
    return render_text(shown["text"] if shown["type"] in _TEXT_KINDS else as_json(stored), role)


def render_output_part(stored: Part) -> Part:
    """A stored part as a part of the output of a tool."""
    shown = _any_part(stored)
    if shown is not None and shown["type"] in _INPUT_KINDS:
        return shown
    is_text = shown is not None and "text" in shown
    return {"type": "input_text", "text": shown["text"] if shown is not None and is_text else as_json(stored)}


def render_attachment(attachment: Part, role: str) -> Part:
    """An attached file as a part of a message of this role."""
    file_id = attachment.get("file_id")
    if not isinstance(file_id, str) or role not in _READ_BY_MODELS:
        return render_text(as_json(attachment), role)
    if attachment.get("type") == "image":
        return {"type": "input_image", "file_id": file_id, "detail": "auto"}
    return {"type": "input_file", "file_id": file_id}


def _any_part(stored: Part) -> Part | None:
    """The part in the form of items, without regard to its role. None if it has no equivalent."""
    kind, text = kind_of(stored), stored.get("text")
    if kind == "text":
        if isinstance(text, str):
            return {"type": "input_text", "text": text}
        if isinstance(text, dict) and isinstance(text.get("value"), str):
            return _annotated(text)
    inner = stored.get(kind) if kind in ("image_url", "image_file") else None
    if isinstance(inner, dict):
        return _image(inner)
    try:
        return _completed(_PART.validate_python(stored))
    except ValidationError:
        return None


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
