"""States and checkpoints of LangGraph as JSON: the newest state of each thread has all messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..conversation import Conversation
from ..stored_forms import numbered
from .base import Format
from .grouped_rows import each_group
from .langchain_messages import LangChainMessages

if TYPE_CHECKING:
    from ..reading import Sample

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


def _rows(value: dict[str, Any]) -> list[tuple[str, Any]]:
    """The state with its thread. Other values, such as writes of a step, have no messages."""
    if _messages(value) is None:
        if _is_packed(value):
            raise ValueError("its state is in a binary form: write `graph.get_state(config)` as JSON instead")
        return []
    configured = (value.get("config") or {}).get("configurable") or {}
    thread_id = value.get("thread_id") or configured.get("thread_id") or (value.get("metadata") or {}).get("thread_id")
    if not thread_id:
        raise KeyError("thread_id")
    return [(str(thread_id), value)]


def _conversation(thread_id: str, states: list[Any], location: str) -> Conversation:
    newest = max(states, key=_order)
    found = Conversation(thread_id, location, created_at=min(map(_time, states), default=None) or None)
    convert = LangChainMessages()
    for source in _messages(newest) or ():
        message = _message(source)
        if message is not None:
            found.messages += numbered(str(message["data"].get("id") or ""), convert.of(message))
    return found


def _order(state: dict[str, Any]) -> tuple[str, int]:
    return _time(state), len(_messages(state) or ())


def _time(state: dict[str, Any]) -> str:
    """The time or the id of a state, both of which rise."""
    checkpoint = state.get("checkpoint")
    inner = checkpoint.get("ts") if isinstance(checkpoint, dict) else None
    return str(state.get("created_at") or state.get("ts") or inner or state.get("checkpoint_id") or "")


FORMAT = Format(
    name="langgraph",
    title="LangGraph",
    obtain="Write `graph.get_state(config)` of each thread as JSON, or save what GET /threads/{id}/state returns.",
    keys=frozenset({"values", "channel_values", "checkpoint", "checkpoint_id", "thread_id", "config", "next"}),
    recognise=_recognise,
    conversations=each_group(_rows, _conversation),
)
