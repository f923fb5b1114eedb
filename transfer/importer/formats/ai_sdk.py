"""UI messages of Vercel's AI SDK: chats with their messages, lists of messages, and rows of a table of messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..conversations import Conversation, SourceMessage, call, client_id_of, numbered, output, reasoning
from .base import Format, text_of
from .grouped_rows import each_group

if TYPE_CHECKING:
    from ..reading import Sample

_CHATS = ("chatId", "chat_id", "threadId", "conversationId")
_PARTS = frozenset(
    {"text", "reasoning", "file", "source-url", "source-document", "step-start", "dynamic-tool", "tool-invocation"}
)
_ROLES = frozenset({"user", "assistant", "system"})


def _recognise(sample: Sample) -> float:
    return sample.likeness(0.85, lambda item: _is_message(item) or any(map(_is_message, item["messages"])))


def _is_message(value: Any) -> bool:
    if not isinstance(value, dict) or value.get("role") not in _ROLES or not isinstance(value.get("parts"), list):
        return False
    return all(isinstance(part, dict) and _is_part(str(part.get("type"))) for part in value["parts"])


def _is_part(kind: str) -> bool:
    return kind in _PARTS or kind.startswith(("tool-", "data-"))


def _rows(value: dict[str, Any]) -> list[tuple[str, Any]]:
    """The value with the key of its chat. Messages without a chat are one conversation, whose key is empty."""
    if isinstance(value.get("messages"), list):
        return [(str(value.get("id") or value["messages"][0]["id"]), value)]
    return [(str(next((value[name] for name in _CHATS if value.get(name)), "")), value)]


def _conversation(key: str, values: list[Any], location: str) -> Conversation:
    found = Conversation(key, location)
    sources: list[dict[str, Any]] = []
    for value in values:
        if isinstance(value.get("messages"), list):
            found.title = text_of(value.get("title")) or found.title
            found.created_at = found.created_at or value.get("createdAt")
            sources += value["messages"]
        else:
            sources.append(value)
    found.key = key or f"messages/{sources[0].get('id')}"
    for source in sources:
        rows = _messages(source, found)
        for row in rows:
            row.created_at = source.get(
                "createdAt", source.get("created_at", (source.get("metadata") or {}).get("createdAt"))
            )
        if not rows:
            found.left_out["empty"] += 1
        found.messages += numbered(str(source.get("id") or ""), rows)
    return found


def _messages(source: dict[str, Any], found: Conversation) -> list[SourceMessage]:
    role = source["role"] if source.get("role") in _ROLES else "unknown"
    parts = source.get("parts")
    if not isinstance(parts, list):
        text = text_of(source.get("content"))
        return [SourceMessage("", role, text)] if text else []
    rows: list[SourceMessage] = []
    said: list[dict[str, Any]] = []
    source_id = client_id_of(str(source.get("id")))
    for index, part in enumerate(parts):
        kind = str(part.get("type"))
        if kind == "text" and part.get("text"):
            said.append({"type": "text", "text": str(part["text"])})
        elif kind == "file":
            said.append(_file(part))
            found.files_referenced += not str(part.get("url")).startswith("data:")
        elif kind == "reasoning" or kind in ("tool-invocation", "dynamic-tool") or kind.startswith("tool-"):
            rows += _words(role, said)
            said = []
            rows += _tool(part, f"{source_id}/{index}") if kind != "reasoning" else _reasoning(part)
    return [*rows, *_words(role, said)]


def _words(role: str, said: list[dict[str, Any]]) -> list[SourceMessage]:
    if len(said) == 1 and said[0]["type"] == "text":
        return [SourceMessage("", role, said[0]["text"])]
    return [SourceMessage("", role, said)] if said else []


def _reasoning(part: dict[str, Any]) -> list[SourceMessage]:
    text = text_of(part.get("text")) or text_of(part.get("reasoning"))
    return [reasoning("", [], [text])] if text else []


def _tool(part: dict[str, Any], place: str) -> list[SourceMessage]:
    """The call of a tool, and its output if it has one. Version 4 keeps both in `toolInvocation`."""
    inner = part.get("toolInvocation")
    one = inner if isinstance(inner, dict) else part
    name = str(one.get("toolName") or str(part.get("type")).removeprefix("tool-"))
    call_id = str(one.get("toolCallId") or place)
    rows = [call("", call_id, name, one.get("input", one.get("args")))]
    result = one.get("output", one.get("result", one.get("errorText")))
    return [*rows, output("", call_id, result, tool_id=name)] if result is not None else rows


def _file(part: dict[str, Any]) -> dict[str, Any]:
    url = str(part.get("url") or part.get("data") or "")
    kind = str(part.get("mediaType") or part.get("mimeType") or "")
    if kind.startswith("image/"):
        return {"type": "input_image", "image_url": url, "detail": "auto"}
    return {"type": "input_file", "file_url": url, "filename": str(part.get("filename") or "file")}


FORMAT = Format(
    name="ai-sdk",
    title="AI SDK (Vercel)",
    obtain="Write the stored chats to a file: {id, messages: [UIMessage …]}, or the rows of your table of messages.",
    keys=frozenset({"id", "role", "parts", "messages", "chatId", "metadata", "createdAt"}),
    recognise=_recognise,
    conversations=each_group(_rows, _conversation),
)
