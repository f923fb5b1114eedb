"""Messages of Chatbox in the stored form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..conversations import SourceMessage, bookkeeping, call, client_id_of, numbered, output, reasoning
from .base import name_of, text_of

if TYPE_CHECKING:
    from ..conversations import Conversation

_ROLES = frozenset({"user", "assistant", "system", "tool"})
_PLACEHOLDER = "..."


def messages_of(
    source: dict[str, Any], found: Conversation, thread: str | None, *, is_last: bool = False
) -> list[SourceMessage]:
    """The messages that a message becomes. `thread` is the name of its thread within the session.

    The last message is left out while Chatbox generates it: it gets its whole text later, under the same id.
    """
    if is_last and source.get("generating") is True:
        found.left_out["unfinished"] += 1
        return []
    rows = _rows(source, found)
    if not rows:
        found.left_out["empty"] += 1
    for row in rows:
        row.created_at = source.get("timestamp")
        facts = {"model": name_of(source.get("model")) if row.role == "assistant" else None, "thread": name_of(thread)}
        row.meta_data |= {name: fact for name, fact in facts.items() if fact}
        if source.get("generating") is True or source.get("error"):
            row.status = "incomplete"
    return numbered(str(source.get("id") or ""), rows)


def _rows(source: dict[str, Any], found: Conversation) -> list[SourceMessage]:
    role = str(source.get("role"))
    role = role if role in _ROLES else "unknown"
    place = client_id_of(str(source.get("id")))
    rows: list[SourceMessage] = []
    texts: list[str] = []
    files = [one for kind in ("files", "links") for one in source.get(kind) or () if isinstance(one, dict)]
    for index, part in enumerate(_parts(source)):
        kind = part["type"]
        if kind == "text":
            texts += [part["text"]] if text_of(part["text"]) else []
        elif kind == "image":
            files.append(part)
        else:
            rows += _words(role, texts)
            texts = []
            rows += _other(f"{place}/{index}", kind, part)
    rows += _words(role, texts)
    if source.get("isSummary"):  # Chatbox sends it to models in the place of the messages before it
        rows = [
            bookkeeping("", "chatbox.summary", {"text": row.content}, str(row.content)) for row in rows if row.content
        ]
    if files and (not rows or rows[0].type != "message"):
        rows.insert(0, SourceMessage("", role))
    if files:
        rows[0].attachments = [_attachment(one) for one in files]
        found.files_referenced += len(files)
    return rows


def _parts(source: dict[str, Any]) -> list[dict[str, Any]]:
    """The parts of a message. Older versions of Chatbox use other fields, which later versions keep beside the parts."""
    parts = list(source.get("contentParts") or ())
    said = [part["text"] for part in parts if part["type"] == "text" and text_of(part["text"])]
    text = text_of(source.get("content"))
    if text is not None and said in ([], [_PLACEHOLDER]):
        parts = [*(part for part in parts if part["type"] != "text"), {"type": "text", "text": text}]
    if not source.get("contentParts"):
        parts += [{"type": "image", **one} for one in source.get("pictures") or ()]
    thoughts = text_of(source.get("reasoningContent"))
    if thoughts is not None and not any(part["type"] == "reasoning" for part in parts):
        parts.insert(0, {"type": "reasoning", "text": thoughts})
    return parts


def _words(role: str, texts: list[str]) -> list[SourceMessage]:
    return [SourceMessage("", role, "\n\n".join(texts))] if texts else []


def _other(place: str, kind: str, part: dict[str, Any]) -> list[SourceMessage]:
    if kind == "reasoning":
        text = text_of(part.get("text"))
        return [reasoning("", [], [text])] if text else []
    if kind != "tool-call":
        return [bookkeeping("", f"chatbox.{kind}"[:64], part, text_of(part.get("text")) or "")]
    call_id, name = str(part.get("toolCallId") or place), str(part.get("toolName") or "unknown")
    rows = [call("", call_id, name, part.get("args"))]
    if part.get("state") not in ("result", "error"):
        return rows
    rows.append(output("", call_id, part.get("result"), tool_id=name))
    rows[1].meta_data = {"is_error": True} if part["state"] == "error" else {}
    return rows


def _attachment(file: dict[str, Any]) -> dict[str, Any]:
    """A file, a page or an image. The export has only its names."""
    file_id = str(file.get("storageKey") or file.get("url") or file.get("id") or "file")
    named = {"file_id": file_id, "name": str(file.get("name") or file.get("title") or file_id)}
    seen = text_of(file.get("ocrResult"))
    return {**named, "text": seen} if seen else named
