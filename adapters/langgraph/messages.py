"""Messages of LangChain as stored messages, and stored messages as messages of LangChain."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any

from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
    message_to_dict,
    messages_from_dict,
)

from .. import rows
from ..blocks import content_of_blocks
from ..histories import Foreign, Own, Said, grouped, said_by_others
from ..sources import json_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from langgraph.checkpoint.serde.base import SerializerProtocol

    from ...context import Piece
    from ...history import Content
    from ...inputs import MessageInput
    from ...records import MessageRecord

_NAME = "langgraph"
_ROLES = {"human": "user", "system": "system", "ai": "assistant"}


def is_message_list(value: object) -> bool:
    """Whether a value is a list of messages, and nothing else."""
    return isinstance(value, list) and bool(value) and all(isinstance(member, BaseMessage) for member in value)


def source_of(message: BaseMessage, serde: SerializerProtocol) -> dict[str, Any]:
    """The JSON of a message. A message that JSON cannot give back is serialized as its graph serializes values."""
    source: dict[str, Any] = message_to_dict(message)
    try:
        same = messages_from_dict([json.loads(json_text(source))])[0]
    except (TypeError, ValueError):
        same = None
    if same == message and type(same) is type(message):
        return source
    kind, data = serde.dumps_typed(message)
    return {"serde": [kind, base64.b64encode(data).decode()]}


def name_of(source: dict[str, Any]) -> str:
    """The `client_id` of a message: equal for equal messages."""
    return hashlib.sha256(json_text(source).encode()).hexdigest()[:40]


def rows_of_message(message: BaseMessage, source: dict[str, Any]) -> list[MessageInput]:
    """The stored messages of one message."""
    return rows.rows_of(_NAME, source, _neutral(message), key=name_of(source), kind=message.type)


def groups_of(records: Sequence[MessageRecord]) -> list[Own | Foreign]:
    """The messages of this adapter, and the messages of other programs between them."""
    return grouped(_NAME, records)


def messages_of(groups: Iterable[Own | Foreign], serde: SerializerProtocol) -> list[BaseMessage]:
    """The messages of a stored history. Any framework or API may have written it."""
    found: list[BaseMessage] = []
    for group in groups:
        if isinstance(group, Own):
            found.append(_of_source(group.source, serde))
        else:
            found += [message for message, _ in _foreign(said_by_others(group.records))]
    return found


def foreign_messages(groups: Iterable[Own | Foreign]) -> Iterator[tuple[BaseMessage, int, int]]:
    """Yield the messages of other programs, each with the numbers of its first and its last stored message."""
    for group in groups:
        if not isinstance(group, Own):
            for message, said in _foreign(said_by_others(group.records)):
                yield message, said[0].record.seq, said[-1].record.seq


def _of_source(source: dict[str, Any], serde: SerializerProtocol) -> BaseMessage:
    if "serde" in source:
        kind, data = source["serde"]
        message: BaseMessage = serde.loads_typed((kind, base64.b64decode(data)))
        return message
    return messages_from_dict([source])[0]


def _neutral(message: BaseMessage) -> list[rows.Row]:
    if isinstance(message, ToolMessage):
        return [rows.output(message.tool_call_id, content_of_blocks(message.content, "tool"))]
    role = _ROLES.get(message.type, getattr(message, "role", None))
    if role not in ("user", "system", "assistant", "developer"):
        return []
    made = _reasoning(message)
    content = content_of_blocks(message.content, role)
    calls = message.tool_calls if isinstance(message, AIMessage) else []
    if content or not (made or calls):
        made.append(rows.words(role, content))
    return made + [
        rows.call(call["id"] or f"call_{index}", call["name"], call["args"]) for index, call in enumerate(calls)
    ]


def _reasoning(message: BaseMessage) -> list[rows.Row]:
    """The reasoning steps among the blocks of a message."""
    blocks = message.content if isinstance(message.content, list) else []
    found = []
    for block in blocks:
        if isinstance(block, dict) and block.get("type") in ("thinking", "reasoning"):
            text = block.get("thinking") or block.get("reasoning") or block.get("text") or ""
            found.append(rows.reasoning(text if isinstance(text, str) else ""))
    return found


def _foreign(said: Sequence[Said]) -> list[tuple[BaseMessage, list[Said]]]:
    """Messages of other programs. Words of the assistant and the calls behind them are one message.

    The id of a message is that of its first stored message. So a graph that returns the message does not store it again.
    """
    groups: list[list[Said]] = []
    for one in said:
        if one.kind == "call" and groups and groups[-1][-1].kind in ("assistant", "call"):
            groups[-1].append(one)
        elif one.kind != "reasoning":
            groups.append([one])
    return [(_message(group), group) for group in groups]


def _message(group: list[Said]) -> BaseMessage:
    one = group[0]
    if one.kind == "user":
        return HumanMessage(_content(one.pieces), id=one.record.id)
    if one.kind == "output":
        return ToolMessage(_content(one.pieces), tool_call_id=one.call_id, id=one.record.id)
    if one.kind in ("system", "developer"):
        return SystemMessage(_content(one.pieces), id=one.record.id)
    message = AIMessage(one.text if one.kind == "assistant" else "", id=one.record.id)
    for call in group:
        if call.kind == "call":
            message = _with_call(message, call)
    return message


def _with_call(message: AIMessage, call: Said) -> AIMessage:
    try:
        arguments = json.loads(call.arguments)
    except json.JSONDecodeError:
        arguments = None
    calls: list[Any] = [dict(known) for known in message.tool_calls]
    invalid: list[Any] = list(message.invalid_tool_calls)
    if isinstance(arguments, dict):
        calls.append({"name": call.name, "args": arguments, "id": call.call_id})
    else:
        invalid.append({"name": call.name, "args": call.arguments, "id": call.call_id, "error": None})
    return AIMessage(message.content, tool_calls=calls, invalid_tool_calls=invalid, id=message.id)


def _content(pieces: Sequence[Piece]) -> Any:
    if len(pieces) == 1 and pieces[0].kind == "text":
        return pieces[0].text
    return [_block(piece) for piece in pieces]


def _block(piece: Piece) -> Content | dict[str, Any]:
    if piece.kind == "image" and "url" in piece.fields:
        return {"type": "image_url", "image_url": {"url": piece.fields["url"]}}
    return {"type": "text", "text": piece.text}
