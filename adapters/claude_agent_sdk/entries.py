"""The messages in transcripts of Claude: content blocks, calls and results."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .. import rows
from ..blocks import content_of_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ...context import Piece
    from ...records import MessageRecord
    from ..histories import Said

Block = dict[str, Any]


def neutral(entry: dict[str, Any]) -> list[rows.Row]:
    """The rows of an entry. Empty for titles, modes and other bookkeeping, and for texts that the program wrote itself."""
    message = entry.get("message")
    if entry.get("type") not in ("user", "assistant") or not isinstance(message, dict) or entry.get("isMeta") is True:
        return []
    role, content = message.get("role", entry["type"]), message.get("content")
    if role not in ("user", "assistant") or not isinstance(content, (str, list)):
        return []
    if isinstance(content, str):
        return [rows.words(role, content)]
    return [row for group in _runs(content) for row in _rows(group, role)]


def messages(said: Sequence[Said]) -> Iterator[tuple[MessageRecord, dict[str, Any]]]:
    """Yield the messages of other programs for the Messages API: calls behind their words, results together."""
    waiting: list[Block] = []
    waiting_role, record = "", None
    for one in said:
        if one.kind in ("system", "developer", "reasoning"):
            continue  # this API has no such messages, and takes no reasoning of a model of another vendor
        role = "assistant" if one.kind in ("assistant", "call") else "user"
        ends = role != waiting_role or (one.kind == "user" or (one.kind == "assistant" and waiting))
        if waiting and ends and record is not None:
            yield record, {"role": waiting_role, "content": _content(waiting)}
            waiting = []
        if not waiting:
            waiting_role, record = role, one.record
        waiting += _blocks(one)
    if waiting and record is not None:
        yield record, {"role": waiting_role, "content": _content(waiting)}


def _runs(content: list[Any]) -> Iterator[list[Any]]:
    """Yield the blocks in groups. Words that follow each other are one group, and each other block is one."""
    group: list[Any] = []
    for block in content:
        kind = block.get("type") if isinstance(block, dict) else "text"
        if kind in ("tool_use", "tool_result", "thinking", "redacted_thinking", "server_tool_use"):
            if group:
                yield group
            yield [block]
            group = []
        else:
            group.append(block)
    if group:
        yield group


def _rows(group: list[Any], role: str) -> list[rows.Row]:
    block = group[0] if isinstance(group[0], dict) else {}
    kind = block.get("type")
    if kind == "tool_use" and isinstance(block.get("id"), str) and isinstance(block.get("name"), str):
        return [rows.call(block["id"], block["name"], block.get("input", {}))]
    if kind == "tool_result" and isinstance(block.get("tool_use_id"), str):
        return [rows.output(block["tool_use_id"], content_of_blocks(block.get("content"), "tool"))]
    if kind == "thinking":
        text = block.get("thinking")
        return [rows.reasoning(text if isinstance(text, str) else "", signature=block.get("signature"))]
    content = content_of_blocks(group, role)
    return [rows.words(role, content)] if content else []


def _blocks(one: Said) -> list[Block]:
    if one.kind == "call":
        return [{"type": "tool_use", "id": one.call_id, "name": one.name, "input": _input(one.arguments)}]
    if one.kind == "output":
        return [{"type": "tool_result", "tool_use_id": one.call_id, "content": _content(list(map(_block, one.pieces)))}]
    return [_block(piece) for piece in one.pieces if piece.has_words] or [{"type": "text", "text": one.text}]


def _input(arguments: str) -> Any:
    try:
        found = json.loads(arguments)
    except json.JSONDecodeError:
        return {"input": arguments}
    return found if isinstance(found, dict) else {"input": found}


def _block(piece: Piece) -> Block:
    url = piece.fields.get("url") if piece.kind == "image" else None
    if url is None:
        return {"type": "text", "text": piece.text}
    kind, found, data = url.removeprefix("data:").partition(";base64,")
    if url.startswith("data:") and found:
        return {"type": "image", "source": {"type": "base64", "media_type": kind, "data": data}}
    return {"type": "image", "source": {"type": "url", "url": url}}


def _content(blocks: list[Block]) -> str | list[Block]:
    if len(blocks) == 1 and blocks[0]["type"] == "text":
        return str(blocks[0]["text"])
    return blocks
