"""States and checkpoints of LangGraph as JSON: the newest state of each thread has all messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..conversations import Broken, Conversation, bounded_key, grouped, numbered
from .base import ODD_SHAPES, Format, odd
from .langchain_messages import LangChainMessages
from .packed_states import unpacked_state

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..conversations import ReadingOptions
    from ..reading import JsonFile, Sample
    from .base import Found

_LONGEST_TIME = 64
_KINDS = {
    "HumanMessage": "human",
    "AIMessage": "ai",
    "AIMessageChunk": "ai",
    "SystemMessage": "system",
    "ToolMessage": "tool",
}


def _recognise(sample: Sample) -> float:
    return sample.likeness(0.93, lambda item: _messages(item) is not None or _is_packed(item))


def _is_packed(value: dict[str, Any]) -> bool:
    """Whether the value is a document of `MongoDBSaver`, which holds its state in a binary form."""
    return "checkpoint_id" in value and "thread_id" in value and "checkpoint" in value


def _messages(value: dict[str, Any]) -> list[dict[str, Any]] | None:
    """The messages of a state; None if the value is none."""
    checkpoint = value.get("checkpoint")
    for holder in (
        value.get("values"),
        value.get("channel_values"),
        checkpoint.get("channel_values") if isinstance(checkpoint, dict) else None,
    ):
        messages = holder.get("messages") if isinstance(holder, dict) else None
        if isinstance(messages, list) and all(isinstance(one, dict) and _message(one) for one in messages):
            return messages
    return None


def _message(value: dict[str, Any]) -> dict[str, Any] | None:
    """The message as LangChain's histories have it; None if it is none."""
    if isinstance(value.get("data"), dict) and "type" in value:
        return value
    if isinstance(value.get("kwargs"), dict) and isinstance(value.get("id"), list) and value["id"]:
        kind = _KINDS.get(str(value["id"][-1]), str(value["kwargs"].get("type") or "chat"))
        return {"type": kind, "data": {"content": "", **value["kwargs"]}}
    if isinstance(value.get("type"), str) and "content" in value:
        return {"type": value["type"], "data": value}
    return None


def _conversations(files: Iterable[JsonFile], options: ReadingOptions) -> Iterator[Found]:
    """The newest state of each thread. The states before it are not kept, because each has all messages up to its time."""
    newest: dict[str, tuple[str, int]] = {}
    first: dict[str, str] = {}
    with grouped(options.group_bounds) as groups:
        for file in files:
            for item in file.items():
                if item.fault is not None:
                    yield Broken(item.location, item.fault)
                    continue
                try:
                    found = _state(item.value)
                    if found is None:
                        continue
                    thread_id, state = found
                    if _order(state) >= newest.get(thread_id, ("", -1)):
                        groups.replace(thread_id, [item.location, state])
                        newest[thread_id] = _order(state)
                except ODD_SHAPES as error:
                    yield Broken(item.location, odd(error))
                    continue
                first[thread_id] = min(first.get(thread_id, _time(state)), _time(state))
        for thread_id, rows in groups:
            if rows is None:
                yield Broken(f"conversation {thread_id!r}", "is too large: its newest state takes more than 128 MiB")
            else:
                yield _converted(thread_id, rows[-1][1], rows[-1][0], first[thread_id])


def _state(value: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """The state with its thread. Other values, such as writes of a step and states of inner graphs, have no messages."""
    if value.get("checkpoint_ns"):
        return None
    if _messages(value) is None and _is_packed(value):
        value = unpacked_state(value)
    messages = _messages(value)
    if messages is None:
        return None
    configured = (value.get("config") or {}).get("configurable") or {}
    thread_id = value.get("thread_id") or configured.get("thread_id") or (value.get("metadata") or {}).get("thread_id")
    if not thread_id:
        raise KeyError("thread_id")
    return bounded_key(str(thread_id)), {"time": _time_of(value), "messages": messages}


def _converted(thread_id: str, state: dict[str, Any], location: str, begun_at: str) -> Found:
    try:
        return _conversation(thread_id, state, location, begun_at)
    except ODD_SHAPES as error:
        return Broken(location, odd(error))


def _conversation(thread_id: str, state: dict[str, Any], location: str, begun_at: str) -> Conversation:
    found = Conversation(thread_id, location, created_at=begun_at or None)
    convert = LangChainMessages()
    for source in state["messages"]:
        message = _message(source)
        if message is not None:
            found.messages += numbered(str(message["data"].get("id") or ""), convert.of(message))
    return found


def _order(state: dict[str, Any]) -> tuple[str, int]:
    return state["time"], len(state["messages"])


def _time(state: dict[str, Any]) -> str:
    time: str = state["time"]
    return time


def _time_of(state: dict[str, Any]) -> str:
    """The time or the id of a state, both of which rise."""
    checkpoint = state.get("checkpoint")
    inner = checkpoint.get("ts") if isinstance(checkpoint, dict) else None
    return str(state.get("created_at") or state.get("ts") or inner or state.get("checkpoint_id") or "")[:_LONGEST_TIME]


FORMAT = Format(
    name="langgraph",
    title="LangGraph",
    obtain="`mongoexport` of the collection `checkpoints` of `MongoDBSaver`, or `graph.get_state(config)` of each thread as JSON.",
    keys=frozenset({"values", "channel_values", "checkpoint", "checkpoint_id", "thread_id", "config", "next"}),
    recognise=_recognise,
    conversations=_conversations,
)
