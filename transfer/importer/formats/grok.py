"""Grok's export: `prod-grok-backend.json`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..conversations import Conversation, SourceMessage, numbered, place_along, reasoning
from .base import Format, each_value, name_of, text_of

if TYPE_CHECKING:
    from ..reading import Sample


def _recognise(sample: Sample) -> float:
    return sample.likeness(0.95, lambda item: any("responses" in one for one in item.get("conversations", [item])))


def _conversation(value: Any, location: str) -> Conversation:
    facts = value["conversation"]
    found = Conversation(
        str(facts.get("conversation_id") or facts["id"]),
        location,
        title=text_of(facts.get("title")),
        created_at=facts.get("create_time"),
        updated_at=facts.get("modify_time"),
        participant=text_of(facts.get("user_id")),
    )
    sources = {
        str(one["response"].get("response_id") or one["response"].get("_id")): one["response"]
        for one in value["responses"]
    }
    messages = {name: _messages(name, one, found) for name, one in sources.items()}
    if any(one.get("parent_response_id") in sources for one in sources.values()):
        parents = {name: one.get("parent_response_id") for name, one in sources.items()}
    else:
        parents = dict(zip(sources, [None, *sources], strict=False))
    place_along(found, parents, str(facts.get("leaf_response_id") or "") or None, messages)
    models = [message.meta_data["model"] for message in found.messages if "model" in message.meta_data]
    found.model = models[-1] if models else None
    return found


def _messages(name: str, source: dict[str, Any], found: Conversation) -> list[SourceMessage]:
    role = "user" if str(source.get("sender")).lower() in ("human", "user") else "assistant"
    rows = [reasoning("", [], [source["thinking_trace"]])] if text_of(source.get("thinking_trace")) else []
    files = [str(one) for kind in ("file_attachments", "image_attachments") for one in source.get(kind) or ()]
    if text_of(source.get("message")) or files:
        rows.append(SourceMessage("", role, str(source.get("message") or "")))
        rows[-1].attachments = [{"file_id": one} for one in files]
        found.files_referenced += len(files)
    if not rows:
        found.left_out["empty"] += 1
    for row in rows:
        row.created_at = source.get("create_time")
        if role == "assistant" and (model := name_of(source.get("model"))):
            row.meta_data = {"model": model}
    return numbered(name, rows)


FORMAT = Format(
    name="grok",
    title="Grok",
    obtain="On accounts.x.ai: Download account data. Import the zip file, or its prod-grok-backend.json.",
    keys=frozenset({"conversations", "conversation", "responses", "response", "response_id"}),
    recognise=_recognise,
    conversations=each_value(_conversation, "conversations"),
)
