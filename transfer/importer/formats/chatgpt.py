"""ChatGPT's export: `conversations.json`, alone, in shards, or in the zip file that OpenAI sends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..conversations import Conversation, SourceMessage, bookkeeping, call, output, place_along, reasoning
from .base import Format, each_value, name_of, small, text_of
from .chatgpt_calls import NearestCalls
from .chatgpt_content import asset_count, attachments_of, content_of, plain_text, reasoning_texts

if TYPE_CHECKING:
    from ..reading import Sample

_WRAPPERS = ("raw_provider_payload", "conversation")
_ROLES = frozenset({"user", "assistant", "system", "tool", "developer", "critic", "discriminator"})
_CONTEXTS = frozenset({"user_editable_context", "model_editable_context"})
_KEPT = ("gizmo_id", "is_archived", "is_starred")

Node = dict[str, Any]


def _recognise(sample: Sample) -> float:
    share = sample.share(lambda item: isinstance(_unwrapped(item).get("mapping"), dict))
    if share:
        return 0.7 + 0.3 * share
    return sample.likeness(0.4, lambda item: {"conversation_id", "title", "create_time"} <= item.keys())


def _unwrapped(value: Any) -> dict[str, Any]:
    """The conversation; tools that capture pages keep it beside facts of their own."""
    for name in _WRAPPERS:
        inner = value.get(name)
        if isinstance(inner, dict) and "mapping" in inner:
            return inner
    return value  # type: ignore[no-any-return]


def _conversation(value: Any, location: str) -> Conversation:
    value = _unwrapped(value)
    mapping = value.get("mapping")
    if not isinstance(mapping, dict):
        raise ValueError("it has no `mapping` of messages")  # noqa: TRY004 - the value is wrong, not its type
    nodes: dict[str, Node] = {name: node for name, node in mapping.items() if isinstance(node, dict)}
    found = Conversation(
        str(value.get("conversation_id") or value.get("id") or ""),
        location,
        title=text_of(value.get("title")),
        created_at=value.get("create_time"),
        updated_at=value.get("update_time"),
        meta_data={name: value[name] for name in _KEPT if value.get(name)},
    )
    calls = NearestCalls(nodes)
    messages = {name: _messages(name, node, calls, found) for name, node in nodes.items()}
    ranks = {child: rank for node in nodes.values() for rank, child in enumerate(node.get("children") or ())}
    ordered = sorted(nodes, key=lambda name: ranks.get(name, 0))
    parents = {name: nodes[name].get("parent") for name in ordered}
    place_along(found, parents, str(value.get("current_node") or "") or None, messages)
    models = [message.meta_data["model"] for message in found.messages if "model" in message.meta_data]
    found.model = text_of(value.get("default_model_slug")) or (models[-1] if models else None)
    if not found.key:
        first = [messages[0].id for messages in (found.messages, *(one.messages for one in found.branches)) if messages]
        found.key = first[0] if first else location
    return found


def _messages(name: str, node: Node, calls: NearestCalls, found: Conversation) -> list[SourceMessage]:
    """The message of a node in a list; an empty list if the node has none, or one that is left out."""
    source = node.get("message")
    if not isinstance(source, dict):
        return []
    metadata = source.get("metadata") or {}
    content = source.get("content") or {}
    kind = str(content.get("content_type") or "text")
    hidden = bool(metadata.get("is_visually_hidden_from_conversation")) or kind in _CONTEXTS
    message = _message(name, source, content, kind, calls)
    attachments = attachments_of(metadata)
    message.attachments = attachments
    if message.is_empty:
        found.left_out["empty"] += 1
        return []
    if hidden and kind not in _CONTEXTS:
        found.left_out["hidden"] += 1
        return []
    found.files_referenced += len(attachments) + asset_count(message.content)
    message.id = str(source.get("id") or name)
    message.created_at = source.get("create_time")
    message.meta_data = _meta_data(metadata, hidden=hidden)
    if message.role == "assistant":
        message.status = (
            "completed" if source.get("status") in (None, "finished_successfully", "finished") else "incomplete"
        )
    return [message]


def _message(name: str, source: Node, content: Node, kind: str, calls: NearestCalls) -> SourceMessage:
    author = source.get("author") or {}
    role = str(author.get("role") or "unknown")
    recipient = source.get("recipient") or "all"
    said = content_of(content, role)
    if kind in _CONTEXTS:
        message = SourceMessage(name, "system", plain_text(content))
    elif kind == "thoughts":
        message = reasoning(name, *reasoning_texts(content))
    elif role == "assistant" and recipient != "all":
        message = call(name, name, str(recipient), plain_text(content))
    elif role == "tool":
        call_id, tool = calls.above(name), text_of(author.get("name"))
        message = (
            output(name, call_id, said, tool_id=tool) if call_id else SourceMessage(name, "tool", said, tool_id=tool)
        )
    elif kind == "reasoning_recap" or (not said and _has_values(content)):
        message = bookkeeping(name, f"chatgpt.{kind}"[:64], content, plain_text(content))
    else:
        message = SourceMessage(name, role if role in _ROLES else "unknown", said)
    return message


def _has_values(content: Node) -> bool:
    return any(value for name, value in content.items() if name not in ("content_type", "parts", "language"))


def _meta_data(metadata: Node, *, hidden: bool) -> dict[str, Any]:
    kept: dict[str, Any] = {"hidden": True} if hidden else {}
    if model := name_of(metadata.get("model_slug")):
        kept["model"] = model
    citations = metadata.get("citations")
    if citations and isinstance(citations, list) and small(citations):
        kept["citations"] = citations
    return kept


FORMAT = Format(
    name="chatgpt",
    title="ChatGPT",
    obtain="In ChatGPT: Settings, Data controls, Export data. Import the zip file of the e-mail, or its conversations.json.",
    keys=frozenset({"mapping", "current_node", "conversation_id", "create_time", "default_model_slug", "title"}),
    recognise=_recognise,
    conversations=each_value(_conversation),
)
