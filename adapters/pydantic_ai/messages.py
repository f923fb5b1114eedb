"""Messages of Pydantic AI as stored messages, and stored messages of others as messages of Pydantic AI."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from pydantic_ai.messages import (
    BinaryContent,
    FilePart,
    FileUrl,
    ImageUrl,
    ModelMessage,
    ModelRequest,
    ModelResponse,
    RetryPromptPart,
    SystemPromptPart,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)

from ...clock import of_milliseconds
from .. import rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...context import Piece
    from ...history import Content
    from ...records import MessageRecord
    from ..histories import Said


def neutral(message: ModelMessage) -> list[rows.Row]:
    """The rows of a message: words, calls, outputs and reasoning, in order."""
    return [row for part in message.parts for row in _rows(part)]


def _rows(part: Any) -> list[rows.Row]:
    if isinstance(part, (TextPart, ThinkingPart, ToolCallPart, FilePart)):
        return _rows_of_answer(part)
    if isinstance(part, SystemPromptPart):
        return [rows.words("system", part.content)]
    if isinstance(part, UserPromptPart):
        return [rows.words("user", _content(part.content))]
    if isinstance(part, ToolReturnPart):
        return [rows.output(part.tool_call_id, part.model_response_str())]
    if isinstance(part, RetryPromptPart):
        text = part.model_response()
        return [rows.output(part.tool_call_id, text) if part.tool_name else rows.words("user", text)]
    return []


def _rows_of_answer(part: TextPart | ThinkingPart | ToolCallPart | FilePart) -> list[rows.Row]:
    if isinstance(part, TextPart):
        return [rows.words("assistant", part.content)] if part.content else []
    if isinstance(part, ThinkingPart):
        return [rows.reasoning(part.content, signature=part.signature)]
    if isinstance(part, ToolCallPart):
        return [rows.call(part.tool_call_id, part.tool_name, {} if part.args is None else part.args)]
    return [rows.words("assistant", [_binary(part.content)])]


def _content(content: str | Sequence[Any]) -> Content:
    if isinstance(content, str):
        return content
    parts = []
    for one in content:
        if isinstance(one, str):
            parts.append({"type": "input_text", "text": one})
        elif isinstance(one, ImageUrl):
            parts.append({"type": "input_image", "image_url": one.url})
        elif isinstance(one, FileUrl):
            parts.append({"type": "input_file", "file_url": one.url})
        elif isinstance(one, BinaryContent):
            parts.append(_binary(one))
        elif isinstance(getattr(one, "content", None), str):
            parts.append({"type": "input_text", "text": one.content})
    return parts


def _binary(content: BinaryContent) -> dict[str, Any]:
    address = f"data:{content.media_type};base64,{base64.b64encode(content.data).decode()}"
    if content.is_image:
        return {"type": "input_image", "image_url": address}
    return {"type": "input_file", "file_data": address}


def messages_of_others(said: Sequence[Said]) -> list[tuple[MessageRecord, ModelMessage]]:
    """Messages of other programs, each with the first stored message in it. An answer is one message with its calls."""
    groups: list[tuple[bool, list[Said]]] = []
    names: dict[str, str] = {}
    for one in said:
        is_answer = one.kind in ("assistant", "reasoning", "call")
        if one.kind == "call":
            names[one.call_id] = one.name
        begins = not groups or groups[-1][0] != is_answer or (one.kind == "assistant" and _has_words(groups[-1][1]))
        if begins or (one.kind == "user" and groups[-1][1][-1].kind == "user"):
            groups.append((is_answer, []))
        groups[-1][1].append(one)
    return [(group[0].record, _message(group, names, is_answer=is_answer)) for is_answer, group in groups]


def _has_words(group: list[Said]) -> bool:
    return any(one.kind in ("assistant", "call") for one in group)


def _message(group: list[Said], names: dict[str, str], *, is_answer: bool) -> ModelMessage:
    moment = of_milliseconds(group[0].record.created_at_ms)
    if is_answer:
        return ModelResponse([_answer(one) for one in group], timestamp=moment)
    parts: list[Any] = []
    for one in group:
        if one.kind == "output":
            name = names.get(one.call_id, "tool")
            parts.append(ToolReturnPart(name, one.text, tool_call_id=one.call_id, timestamp=moment))
        elif one.kind == "user":
            parts.append(UserPromptPart(_prompt(one.pieces), timestamp=moment))
        else:
            parts.append(SystemPromptPart(one.text, timestamp=moment))
    return ModelRequest(parts, timestamp=moment)


def _answer(one: Said) -> Any:
    if one.kind == "call":
        return ToolCallPart(one.name, one.arguments, tool_call_id=one.call_id)
    return ThinkingPart(one.text) if one.kind == "reasoning" else TextPart(one.text)


def _prompt(pieces: Sequence[Piece]) -> Any:
    if len(pieces) == 1 and pieces[0].kind == "text":
        return pieces[0].text
    return [_user_content(piece) for piece in pieces]


def _user_content(piece: Piece) -> Any:
    url = piece.fields.get("url") if piece.kind == "image" else None
    if url is None:
        return piece.text
    return BinaryContent.from_data_uri(url) if url.startswith("data:") else ImageUrl(url)
