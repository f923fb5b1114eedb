"""LibreChat: the JSON that it exports, and dumps of its MongoDB collections `messages` and `conversations`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..conversations import Conversation, call, client_id_of, numbered, output, place_along, reasoning, time_of
from .base import Format, name_of, text_of
from .blocks import Blocks
from .grouped_rows import each_group

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..conversations import SourceMessage
    from ..reading import Sample

_TREES = ("messages", "messagesTree")


def _recognise(sample: Sample) -> float:
    return sample.likeness(
        0.9, lambda item: "conversationId" in item and (_has_tree(item) or "messageId" in item or _is_facts(item))
    )


def _has_tree(value: dict[str, Any]) -> bool:
    return any(
        isinstance(value.get(name), list) and any(isinstance(one, dict) for one in value[name]) for name in _TREES
    )


def _is_facts(value: dict[str, Any]) -> bool:
    """Whether the value is a document of `conversations`, whose messages are documents of their own."""
    return "endpoint" in value or "title" in value


def _rows(value: dict[str, Any]) -> list[tuple[str, Any]]:
    """The value with its conversation: an export of it, one of its messages, or its facts."""
    return [(str(value["conversationId"]), value)]


def _grouped(key: str, values: list[Any], location: str) -> Conversation:
    """The conversation of an export, or of dumped collections."""
    exports = [value for value in values if _has_tree(value)]
    if exports:
        nested = next(exports[-1][name] for name in _TREES if isinstance(exports[-1].get(name), list))
        return _conversation(exports[-1], [*_flat(nested, None)], location)
    facts: dict[str, Any] = {"conversationId": key}
    for value in values:
        facts |= value if "messageId" not in value else {}
    return _conversation(facts, [value for value in values if "messageId" in value], location)


def _flat(messages: list[Any], parent: str | None) -> Iterator[dict[str, Any]]:
    waiting: list[tuple[Any, str | None]] = [(one, parent) for one in reversed(messages)]
    while waiting:
        message, above = waiting.pop()
        yield {"parentMessageId": above, **message}
        waiting += [(one, message.get("messageId")) for one in reversed(message.get("children") or ())]


def _conversation(facts: dict[str, Any], sources: list[dict[str, Any]], location: str) -> Conversation:
    user = facts.get("user") or next((one["user"] for one in sources if one.get("user")), None)
    models = [one["model"] for one in sources if text_of(one.get("model"))]
    options = facts["options"] if isinstance(facts.get("options"), dict) else {}
    found = Conversation(
        str(facts["conversationId"]),
        location,
        title=text_of(facts.get("title")),
        model=text_of(facts.get("model")) or text_of(options.get("model")) or (models[-1] if models else None),
        created_at=facts.get("createdAt"),
        updated_at=facts.get("updatedAt"),
        participant=str(user) if user else None,
        meta_data={"endpoint": facts["endpoint"]} if text_of(facts.get("endpoint")) else {},
    )
    if any(one.get("isTemporary") or one.get("expiredAt") for one in (facts, *sources)):
        found.left_out["temporary"] += len(sources)
        return found
    by_id = {str(one.get("messageId") or index): one for index, one in enumerate(sources)}
    blocks = Blocks("librechat")
    messages = {name: _messages(name, one, blocks, found) for name, one in by_id.items()}
    place_along(found, _parents(by_id), None, messages)
    return found


def _parents(sources: dict[str, dict[str, Any]]) -> dict[str, str | None]:
    """The parent of each message. Without a current leaf, the newest child is on the active path."""
    if not any("parentMessageId" in one for one in sources.values()):
        return dict(zip(sources, [None, *sources], strict=False))
    times = {name: time_of(one.get("createdAt")) for name, one in sources.items()}
    known = [time for time in times.values() if time is not None]
    ordered = [*sources]
    if len(known) == len(ordered):
        ordered.sort(key=lambda name: times[name] or known[0])
    return {name: sources[name].get("parentMessageId") for name in ordered}


def _messages(name: str, source: dict[str, Any], blocks: Blocks, found: Conversation) -> list[SourceMessage]:
    is_user = source.get("isCreatedByUser", str(source.get("sender")).lower() == "user")
    role = "user" if is_user else "assistant"
    content = source.get("content")
    if isinstance(content, list) and content:
        place = client_id_of(name)
        rows = [row for index, part in enumerate(content) for row in _of_part(f"{place}/{index}", role, part, blocks)]
    else:
        rows = blocks.of(name, role, [str(source.get("text") or "")])
    files = [one for field in ("files", "attachments") for one in source.get(field) or () if isinstance(one, dict)]
    if files and not rows:
        rows = blocks.of(name, role, [" "])
        rows[0].content = ""
    if not rows:
        found.left_out["empty"] += 1
    for row in rows:
        row.created_at = source.get("createdAt")
        if not is_user and (model := name_of(source.get("model"))):
            row.meta_data = {**row.meta_data, "model": model}
        if source.get("unfinished"):
            row.status = "incomplete"
    if rows and files:
        rows[0].attachments = [{"file_id": str(one.get("file_id") or one.get("filename")), **one} for one in files]
        found.files_referenced += len(files)
    return numbered(name, rows)


def _of_part(place: str, role: str, part: Any, blocks: Blocks) -> list[SourceMessage]:
    if not isinstance(part, dict):
        return blocks.of(place, role, [part])
    kind = part.get("type")
    text = part.get("text")
    if kind == "text":
        return blocks.of(place, role, [str(text.get("value") if isinstance(text, dict) else text or "")])
    if kind == "think" and part.get("think"):
        return [reasoning("", [], [str(part["think"])])]
    if kind == "tool_call" and isinstance(part.get("tool_call"), dict):
        tool = part["tool_call"]
        call_id, name = str(tool.get("id") or place), str(tool.get("name") or tool.get("type") or "unknown")
        found = [call("", call_id, name, tool.get("args"))]
        return [*found, output("", call_id, tool["output"], tool_id=name)] if tool.get("output") is not None else found
    if kind == "error":
        return blocks.of(place, role, [str(part.get("error") or text or "")])
    return blocks.of(place, role, [part])


FORMAT = Format(
    name="librechat",
    title="LibreChat",
    obtain="In a conversation: Export, JSON. Or dump its database: `mongoexport` of `messages` and of `conversations`.",
    keys=frozenset(
        {"conversationId", "messageId", "parentMessageId", "isCreatedByUser", "endpoint", "messages", "title"}
    ),
    recognise=_recognise,
    conversations=each_group(_rows, _grouped),
)
