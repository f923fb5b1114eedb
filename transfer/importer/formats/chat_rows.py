"""Rows of chats for training: OpenAI's fine-tuning files (`messages`), and ShareGPT (`conversations`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..conversations import Broken, Conversation, bookkeeping, grouped
from .base import Format, converted, key_of_row
from .chat_messages import ChatMessages
from .grouped_rows import added

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..conversations import ReadingOptions
    from ..reading import JsonFile, Sample
    from .base import Found

_LISTS = ("messages", "conversations", "conversation")
_CALLS = frozenset({"function_call", "tool_call"})


def _recognise(sample: Sample) -> float:
    return max(sample.likeness(0.6, lambda item: _listed(item) is not None), sample.likeness(0.5, _is_turn))


def _conversations(files: Iterable[JsonFile], options: ReadingOptions) -> Iterator[Found]:
    """Each row is a conversation. Turns without a row are one: those of an array, or of a file of JSON Lines."""
    with grouped(options.group_bounds) as groups:
        for index, file in enumerate(files):
            for item in file.items():
                if (
                    item.fault is None
                    and isinstance(item.value, dict)
                    and _listed(item.value) is None
                    and _is_turn(item.value)
                ):
                    yield from added(groups, f"{index}/{item.number if file.shape.has_arrays else 0}", item)
                elif (found := converted(item, _conversation)) is not None:
                    yield found
        for _key, rows in groups:
            if rows is None:
                yield Broken("the file", "is too large: its messages take more than 128 MiB")
            else:
                yield _row({"messages": [turn for _, turn in rows]}, rows[0][0])


def _listed(value: dict[str, Any]) -> list[dict[str, Any]] | None:
    for name in _LISTS:
        found = value.get(name)
        if isinstance(found, list) and found and all(isinstance(one, dict) and _is_turn(one) for one in found):
            return found
    return None


def _is_turn(value: dict[str, Any]) -> bool:
    if "from" in value:
        return "value" in value
    return isinstance(value.get("role"), str) and (
        "content" in value or "tool_calls" in value or "function_call" in value
    )


def _conversation(value: Any, location: str) -> Conversation:
    if _listed(value) is None:
        raise ValueError("it has no list of `messages` or `conversations` with roles and texts")
    return _row(value, location)


def _row(value: dict[str, Any], location: str) -> Conversation:
    turns = _listed(value) or []
    found = Conversation(key_of_row("chat-rows", value), location)
    if isinstance(value.get("id"), (str, int)):
        found.meta_data["source_id"] = str(value["id"])
    convert = ChatMessages()
    system = value.get("system")
    if isinstance(system, str) and system:
        found.messages += convert.of({"role": "system", "content": system})
    if value.get("tools"):
        found.messages.append(bookkeeping("", "chat-rows.tools", {"tools": value["tools"]}))
    for turn in turns:
        found.messages += convert.of(_turn(turn))
    found.left_out["empty"] += sum(not message.content and not message.item for message in found.messages)
    found.messages = [message for message in found.messages if message.content or message.item]
    return found


def _turn(turn: dict[str, Any]) -> dict[str, Any]:
    """A turn of ShareGPT in the words of chat completions."""
    if "from" not in turn:
        return turn
    if turn["from"] in _CALLS:
        return {"role": "assistant", "content": [{"type": "tool_call", "value": turn["value"]}]}
    return {"role": turn["from"], "content": turn["value"]}


FORMAT = Format(
    name="chat-rows",
    title="Chat rows for training",
    obtain="A fine-tuning file of OpenAI (JSON Lines with `messages`), or a data set in ShareGPT's form (`conversations`).",
    keys=frozenset({"messages", "conversations", "role", "content", "from", "value", "tools"}),
    recognise=_recognise,
    conversations=_conversations,
)
