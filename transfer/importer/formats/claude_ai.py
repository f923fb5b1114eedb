"""Claude.ai's export: `conversations.json`, alone or in the zip file that Anthropic sends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..conversations import Conversation, numbered, place_along
from .base import Format, each_value, text_of
from .blocks import Blocks

if TYPE_CHECKING:
    from ..conversations import SourceMessage
    from ..reading import Sample

_ROLES = {"human": "user", "user": "user", "assistant": "assistant", "system": "system"}


def _recognise(sample: Sample) -> float:
    return sample.likeness(0.95, lambda item: isinstance(item["chat_messages"], list) and "uuid" in item)


def _conversation(value: Any, location: str) -> Conversation:
    account = value.get("account")
    found = Conversation(
        str(value["uuid"]),
        location,
        title=text_of(value.get("name")),
        model=text_of(value.get("model")),
        created_at=value.get("created_at"),
        updated_at=value.get("updated_at"),
        participant=text_of(account.get("uuid")) if isinstance(account, dict) else None,
    )
    sources: dict[str, dict[str, Any]] = {}
    for index, source in enumerate(value["chat_messages"]):
        sources[str(source.get("uuid") or index)] = source
    blocks = Blocks("claude")
    messages = {name: _messages(name, source, blocks, found) for name, source in sources.items()}
    if any(source.get("parent_message_uuid") in sources for source in sources.values()):
        parents = {name: source.get("parent_message_uuid") for name, source in sources.items()}
    else:  # older exports have no parents: the messages follow each other
        parents = dict(zip(sources, [None, *sources], strict=False))
    leaf = str(value.get("current_leaf_message_uuid") or "") or None
    place_along(found, parents, leaf, messages)
    return found


def _messages(name: str, source: dict[str, Any], blocks: Blocks, found: Conversation) -> list[SourceMessage]:
    role = _ROLES.get(str(source.get("sender")), "unknown")
    content = source.get("content")
    if not isinstance(content, list) or not content:  # `text` repeats `content`, and is often incomplete
        content = [str(source.get("text") or "")]
    rows = blocks.of(name, role, content)
    attachments = _attachments(source, found)
    if attachments:
        if not rows or rows[0].type != "message":
            rows = [*blocks.of(name, role, [{"type": "text", "text": " "}]), *rows]
            rows[0].content = ""
        rows[0].attachments = attachments
    if not rows:
        found.left_out["empty"] += 1
    for row in rows:
        row.created_at = source.get("created_at")
    return numbered(name, rows)


def _attachments(source: dict[str, Any], found: Conversation) -> list[dict[str, Any]]:
    """The texts that were attached, with their text; then the files, of which the export has only names."""
    texts = [one for one in source.get("attachments") or () if isinstance(one, dict)]
    names = {one.get("file_name") for one in texts}
    files = [one for one in source.get("files") or () if isinstance(one, dict) and one.get("file_name") not in names]
    found.files_referenced += len(files)
    named = []
    for one in files:
        file_id = one.get("file_uuid") or one.get("file_name")
        named.append({"file_id": str(file_id), "name": str(one.get("file_name") or file_id)})
    return [*texts, *named]


FORMAT = Format(
    name="claude-ai",
    title="Claude.ai",
    obtain="In Claude: Settings, Privacy, Export data. Import the zip file of the e-mail, or its conversations.json.",
    keys=frozenset({"uuid", "name", "chat_messages", "created_at", "updated_at", "account", "sender"}),
    recognise=_recognise,
    conversations=each_value(_conversation),
)
