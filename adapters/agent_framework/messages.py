"""Messages of the Agent Framework as stored messages, and stored messages as messages of the framework."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agent_framework import Content, Message

from .. import rows
from ..histories import Own, grouped, said_by_others
from ..sources import json_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...context import Piece
    from ...records import MessageRecord
    from ..histories import Said

NAME = "agent_framework"
_ROLES = frozenset({"user", "assistant", "system", "developer"})


@dataclass(frozen=True, slots=True)
class FrameworkMessage:
    """A stored message as the framework reads it."""

    message: Message
    is_own: bool
    """Whether this adapter wrote it. The `message_id` of any other message is the id of its first stored message."""


def neutral(message: Message) -> list[rows.Row]:
    """The rows of a message: reasoning, words, calls and outputs in order. Neighbouring texts and files are one row."""
    found: list[rows.Row] = []
    parts: list[dict[str, Any]] = []
    role = message.role if message.role in _ROLES else "user"

    def words() -> None:
        if parts:
            is_text = len(parts) == 1 and parts[0].keys() == {"type", "text"}
            found.append(rows.words(role, parts[0]["text"] if is_text else list(parts)))
            parts.clear()

    for content in message.contents:
        row = _row(content)
        if row is not None:
            words()
            found.append(row)
        elif (part := _part(content, role)) is not None:
            parts.append(part)
    words()
    return found


def _row(content: Content) -> rows.Row | None:
    if content.type == "function_call" and content.call_id and content.name:
        return rows.call(content.call_id, content.name, {} if content.arguments is None else content.arguments)
    if content.type == "function_result" and content.call_id:
        parts = [part for one in content.items or () if (part := _part(one, "user")) is not None]
        if not parts or all(part.keys() == {"type", "text"} for part in parts):
            text = content.result if isinstance(content.result, str) else json_text(content.result)
            return rows.output(content.call_id, text)
        return rows.output(content.call_id, parts)
    if content.type == "text_reasoning":
        return rows.reasoning(content.text or "")
    return None


def _part(content: Content, role: str) -> dict[str, Any] | None:
    if content.type == "text" and content.text is not None:
        return {"type": "output_text" if role == "assistant" else "input_text", "text": content.text}
    if content.type in ("uri", "data") and isinstance(content.uri, str):
        if str(content.media_type).startswith("image/"):
            return {"type": "input_image", "image_url": content.uri}
        return {"type": "input_file", "file_data" if content.type == "data" else "file_url": content.uri}
    return None


def stored_in(records: Sequence[MessageRecord]) -> list[FrameworkMessage]:
    """The messages of a history. Any framework or API may have written it."""
    found: list[FrameworkMessage] = []
    for group in grouped(NAME, records):
        if isinstance(group, Own):
            found.append(FrameworkMessage(Message.from_dict(group.source), is_own=True))
        else:
            found += [FrameworkMessage(message, is_own=False) for message in _foreign(group.records)]
    return found


def _foreign(records: list[MessageRecord]) -> list[Message]:
    found: list[Message] = []
    for said in said_by_others(records):
        role = {"call": "assistant", "reasoning": "assistant", "output": "tool", "developer": "system"}.get(
            said.kind, said.kind
        )
        if found and found[-1].role == role and said.kind in ("call", "output"):
            found[-1].contents.extend(_contents(said))
        else:
            found.append(Message(role, _contents(said), message_id=said.record.id))
    return found


def _contents(said: Said) -> list[Content]:
    if said.kind == "call":
        return [Content.from_function_call(said.call_id, said.name, arguments=said.arguments)]
    if said.kind == "output":
        contents = [_content(piece) for piece in said.pieces]
        is_text = all(content.type == "text" for content in contents)
        return [Content.from_function_result(said.call_id, result=said.text if is_text else contents)]
    if said.kind == "reasoning":
        return [Content.from_text_reasoning(text=said.text)]
    return [_content(piece) for piece in said.pieces]


def _content(piece: Piece) -> Content:
    url = piece.fields.get("url") if piece.kind == "image" else None
    if url is None:
        return Content.from_text(piece.text)
    kind = url.removeprefix("data:").partition(";")[0] if url.startswith("data:") else "image/png"
    return Content.from_uri(url, media_type=kind)
