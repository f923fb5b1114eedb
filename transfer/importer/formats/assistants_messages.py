"""The messages of OpenAI's Assistants API, and flat rows of them as people keep them in tables."""

from __future__ import annotations

from typing import Any

from ..conversations import SourceMessage

_TEXTS = ("content", "text", "message", "body", "value")
_IDS = ("id", "message_id", "_id")
_TIMES = ("created_at", "createdAt", "timestamp", "time", "date")
_ROLES = {"user": "user", "assistant": "assistant", "human": "user", "ai": "assistant", "bot": "assistant"}
_FIELDS = ("assistant_id", "run_id", "status", "incomplete_details", "completed_at", "incomplete_at", "attachments")
_KNOWN = frozenset({*_TEXTS, *_IDS, *_TIMES, *_FIELDS, "object", "thread_id", "role", "metadata", "file_ids"})
_STATUSES = frozenset({"in_progress", "incomplete", "completed"})


def is_flat(value: dict[str, Any]) -> bool:
    """Whether the object is one message: it has a role and a text."""
    return isinstance(value.get("role"), str) and any(name in value for name in _TEXTS)


def is_said(value: dict[str, Any]) -> bool:
    """Whether the object has a text, as messages have."""
    return any(isinstance(value.get(name), str) for name in _TEXTS)


def message_of(value: dict[str, Any]) -> SourceMessage:
    """The message in the stored form. Its id is kept, and fields that nobody knows go to its metadata."""
    metadata = value.get("metadata")
    extra = {name: one for name, one in value.items() if name not in _KNOWN and one is not None}
    message = SourceMessage(
        id=str(_first(value, _IDS) or ""),
        role=_ROLES.get(str(value.get("role")).lower(), str(value.get("role")).lower()),
        content=_content(value),
        created_at=_first(value, _TIMES),
        meta_data=extra | (metadata if isinstance(metadata, dict) else {}),
    )
    message.fields = {name: value[name] for name in _FIELDS if value.get(name) is not None}
    if message.fields.get("status") not in _STATUSES:
        message.fields.pop("status", None)
    message.fields["object"] = "thread.message"
    message.fields["file_ids"] = value.get("file_ids")
    if isinstance(value.get("id"), str) and value["id"].startswith("msg_"):
        message.fields["id"] = value["id"]
    return message


def _first(value: dict[str, Any], names: tuple[str, ...]) -> Any:
    return next((value[name] for name in names if value.get(name) is not None), None)


def _content(value: dict[str, Any]) -> Any:
    """The text or the parts. A part that is only a text is one of them."""
    content = _first(value, _TEXTS)
    if isinstance(content, list):
        return [{"type": "text", "text": part} if isinstance(part, str) else part for part in content]
    if isinstance(content, dict):
        return [content] if "type" in content else str(content.get("value", content))
    return "" if content is None else str(content)
