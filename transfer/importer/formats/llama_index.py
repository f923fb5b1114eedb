"""LlamaIndex's chat stores: the file of `SimpleChatStore`, and the collection of `MongoChatStore`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..conversations import Conversation, object_id_time
from .base import Format
from .chat_messages import ChatMessages
from .grouped_rows import each_group

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..conversations import SourceMessage
    from ..reading import Sample


def _recognise(sample: Sample) -> float:
    return max(
        sample.likeness(
            0.9,
            lambda item: (
                isinstance(item["store"], dict) and all(isinstance(one, list) for one in item["store"].values())
            ),
        ),
        sample.likeness(0.9, lambda item: "session_id" in item and "index" in item and _is_message(item["message"])),
    )


def _is_message(value: Any) -> bool:
    return isinstance(value, dict) and "role" in value and ("blocks" in value or "content" in value)


def _rows(value: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Each message with its session: its position, its time, and itself."""
    if "store" in value:
        for key, messages in value["store"].items():
            for index, message in enumerate(messages):
                yield str(key), [index, None, message]
    else:
        moment = value.get("created_at") or object_id_time(str(value.get("_id") or ""))
        yield str(value["session_id"]), [int(value["index"]), moment, value["message"]]


def _conversation(key: str, rows: list[Any], location: str) -> Conversation:
    found = Conversation(key, location)
    convert = ChatMessages()
    for _, moment, message in sorted(rows, key=lambda row: row[0]):
        for one in _messages(message, convert):
            one.created_at = moment
            found.messages.append(one)
    return found


def _messages(message: dict[str, Any], convert: ChatMessages) -> list[SourceMessage]:
    more = message.get("additional_kwargs") or {}
    blocks = message.get("blocks")
    content = message.get("content")
    if isinstance(blocks, list):
        content = [one for one in map(_part, blocks) if one is not None]
        content = content[0]["text"] if len(content) == 1 and content[0]["type"] == "text" else content
    calls = [*(more.get("tool_calls") or ()), *map(_call, filter(_is_call, blocks or ()))]
    return convert.of(
        {"role": message["role"], "content": content, "tool_calls": calls, "tool_call_id": more.get("tool_call_id")}
    )


def _part(block: dict[str, Any]) -> dict[str, Any] | None:
    match block.get("block_type"):
        case "text":
            return {"type": "text", "text": str(block.get("text") or "")}
        case "thinking":
            return {"type": "reasoning", "text": str(block.get("content") or "")}
        case "image":
            url = block.get("url") or f"data:{block.get('image_mimetype')};base64,{block.get('image') or ''}"
            return {"type": "input_image", "image_url": str(url), "detail": "auto"}
        case "tool_call":
            return None
        case _:
            return {"type": "text", "text": str(block.get("text") or block)}


def _is_call(block: Any) -> bool:
    return isinstance(block, dict) and block.get("block_type") == "tool_call"


def _call(block: dict[str, Any]) -> dict[str, Any]:
    function = {"name": block.get("tool_name"), "arguments": block.get("tool_kwargs")}
    return {"id": block.get("tool_call_id"), "function": function}


FORMAT = Format(
    name="llama-index",
    title="LlamaIndex",
    obtain="The file of `SimpleChatStore.persist`, or `mongoexport` of the collection of `MongoChatStore`.",
    keys=frozenset({"store", "class_name", "session_id", "index", "message"}),
    recognise=_recognise,
    conversations=each_group(_rows, _conversation),
)
