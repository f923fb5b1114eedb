"""Sessions of Agno: the runs of each session with their messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..conversations import Conversation
from .base import Format, each_value, text_of
from .chat_messages import ChatMessages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..reading import Sample


def _recognise(sample: Sample) -> float:
    return sample.likeness(0.9, lambda item: "session_id" in item and any("messages" in run for run in _runs(item)))


def _runs(value: dict[str, Any]) -> list[dict[str, Any]]:
    """The runs: of the session, or in its memory in older versions."""
    memory = value.get("memory")
    runs = value.get("runs") or (memory.get("runs") if isinstance(memory, dict) else None) or []
    return [one.get("response") or one for one in runs if isinstance(one, dict)]


def _conversation(value: Any, location: str) -> Conversation:
    facts = value.get("session_data") or {}
    found = Conversation(
        str(value["session_id"]),
        location,
        title=text_of(facts.get("session_name")) if isinstance(facts, dict) else None,
        created_at=value.get("created_at"),
        updated_at=value.get("updated_at"),
        participant=text_of(value.get("user_id")),
    )
    convert = ChatMessages()
    said: set[Any] = set()
    for run, message in _messages(value):
        system = (
            (message.get("role"), str(message.get("content")))
            if message.get("role") in ("system", "developer")
            else None
        )
        name = str(message.get("id") or "")
        if message.get("from_history") or name in said or system in said:
            continue  # each run repeats the messages before it
        said.update({name, system} - {"", None})
        for row in convert.of(_in_chat(message), name):
            row.created_at = message.get("created_at") or run.get("created_at")
            row.run_id = text_of(run.get("run_id"))
            row.assistant_id = text_of(run.get("agent_id")) if row.role == "assistant" else None
            found.messages.append(row)
        found.model = text_of(run.get("model")) or found.model
    return found


def _messages(value: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for run in _runs(value):
        if run.get("parent_run_id"):
            continue  # a member of a team: its leader's run holds the answer
        for message in run.get("messages") or ():
            yield run, message


def _in_chat(message: dict[str, Any]) -> dict[str, Any]:
    if message.get("role") == "tool":
        return {**message, "name": message.get("tool_name") or message.get("name")}
    return message


FORMAT = Format(
    name="agno",
    title="Agno",
    obtain="`mongoexport` of the collection of sessions, or `session.to_dict()` as JSON, one session a line.",
    keys=frozenset({"session_id", "session_type", "agent_id", "runs", "session_data", "memory"}),
    recognise=_recognise,
    conversations=each_value(_conversation),
)
