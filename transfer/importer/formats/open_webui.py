"""Open WebUI: its export of all chats, and a single chat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..conversations import Conversation, SourceMessage, numbered, place_along
from .base import Format, each_value, key_of_row, name_of, text_of
from .open_webui_details import from_details
from .response_items import message_of_item

if TYPE_CHECKING:
    from ..reading import Sample

_ROLES = frozenset({"user", "assistant", "system", "tool"})


def _recognise(sample: Sample) -> float:
    return sample.likeness(0.9, lambda item: isinstance(_chat(item)["history"]["messages"], dict))


def _chat(value: dict[str, Any]) -> dict[str, Any]:
    chat = value.get("chat")
    return chat if isinstance(chat, dict) else value


def _conversation(value: Any, location: str) -> Conversation:
    chat = _chat(value)
    history = chat.get("history")
    sources: dict[str, Any] = {}
    if isinstance(history, dict) and isinstance(history.get("messages"), dict):
        sources = {name: one for name, one in history["messages"].items() if isinstance(one, dict)}
    if not sources:  # a damaged history: the list beside it has the active path
        listed = [one for one in chat.get("messages") or () if isinstance(one, dict)]
        sources = {str(one.get("id") or index): one for index, one in enumerate(listed)}
    models = [one for one in chat.get("models") or () if text_of(one)]
    found = Conversation(
        str(value.get("id") or chat.get("id") or key_of_row("open-webui", chat)),
        location,
        title=text_of(value.get("title")) or text_of(chat.get("title")),
        model=models[0] if models else None,
        created_at=value.get("created_at", chat.get("timestamp")),
        updated_at=value.get("updated_at"),
        participant=text_of(value.get("user_id")),
    )
    messages = {name: _messages(name, one, found) for name, one in sources.items()}
    current = str((history or {}).get("currentId") or "") if isinstance(history, dict) else ""
    place_along(found, _parents(sources), current, messages)
    return found


def _parents(sources: dict[str, dict[str, Any]]) -> dict[str, str | None]:
    if any(one.get("parentId") in sources for one in sources.values()):
        return {name: one.get("parentId") for name, one in sources.items()}
    return dict(zip(sources, [None, *sources], strict=False))


def _messages(name: str, source: dict[str, Any], found: Conversation) -> list[SourceMessage]:
    role = str(source.get("role"))
    role = role if role in _ROLES else "unknown"
    items = [one for one in source.get("output") or () if isinstance(one, dict)]
    content = source.get("content")
    if items:  # `content` repeats the items as HTML
        rows = [message_of_item(one) for one in items]
        rows = [row for row in rows if row.content or row.type != "message"]
    elif isinstance(content, list):
        rows = [SourceMessage("", role, content)] if content else []
    else:
        rows = from_details(role, str(content or ""))
    _add_files(source, role, rows, found)
    if not rows:
        found.left_out["empty"] += 1
    for row in rows:
        row.created_at = source.get("timestamp")
        if role == "assistant" and (model := name_of(source.get("model"))):
            row.meta_data = {**row.meta_data, "model": model}
        if source.get("error"):
            row.status = "incomplete"
    return numbered(name, rows)


def _add_files(source: dict[str, Any], role: str, rows: list[SourceMessage], found: Conversation) -> None:
    """Add files as attachments, and images that the chat holds as parts."""
    files = [one for one in source.get("files") or () if isinstance(one, dict)]
    images = [one["url"] for one in files if one.get("type") == "image" and str(one.get("url", "")).startswith("data:")]
    known = frozenset(images)
    others = [one for one in files if not (isinstance(one.get("url"), str) and one["url"] in known)]
    if not files:
        return
    if not rows:
        rows.append(SourceMessage("", role))
    if images:
        text = (
            [{"type": "text", "text": rows[0].content}] if isinstance(rows[0].content, str) and rows[0].content else []
        )
        rows[0].content = [*text, *({"type": "input_image", "image_url": url, "detail": "auto"} for url in images)]
    for one in others:
        file_id = str(one.get("id") or one.get("url") or one.get("name") or "file")
        rows[0].attachments.append({"file_id": file_id, "name": str(one.get("name") or file_id)})
    found.files_referenced += len(others)


FORMAT = Format(
    name="open-webui",
    title="Open WebUI",
    obtain="In Open WebUI: Settings, Data controls (or Chats), Export chats. Or the menu of a chat: Download, JSON.",
    keys=frozenset({"chat", "history", "currentId", "user_id", "title", "models", "messages", "share_id", "folder_id"}),
    recognise=_recognise,
    conversations=each_value(_conversation),
)
