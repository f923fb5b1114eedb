"""Chatbot UI's export: `{version, history, folders, prompts}`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..conversations import Conversation
from .base import Format, each_value, text_of
from .chat_messages import ChatMessages

if TYPE_CHECKING:
    from ..reading import Sample


def _recognise(sample: Sample) -> float:
    return sample.likeness(0.9, lambda item: "version" in item and any("messages" in one for one in item["history"]))


def _conversation(value: Any, location: str) -> Conversation:
    model = value.get("model")
    found = Conversation(str(value["id"]), location, title=text_of(value.get("name")))
    found.model = text_of(model.get("id")) if isinstance(model, dict) else text_of(model)
    convert = ChatMessages()
    prompt = text_of(value.get("prompt"))
    if prompt is not None:
        found.messages += convert.of({"role": "system", "content": prompt})
    for message in value["messages"]:
        found.messages += convert.of(message)
    return found


FORMAT = Format(
    name="chatbot-ui",
    title="Chatbot UI",
    obtain="In Chatbot UI: Settings, Export data.",
    keys=frozenset({"version", "history", "folders", "prompts"}),
    recognise=_recognise,
    conversations=each_value(_conversation, "history"),
)
