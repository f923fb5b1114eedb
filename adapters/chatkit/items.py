"""Items of ChatKit as stored messages, and stored messages of others as items."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from chatkit.types import (
    AssistantMessageContent,
    AssistantMessageItem,
    ClientToolCallItem,
    ImageAttachment,
    InferenceOptions,
    ThreadItem,
    UserMessageItem,
    UserMessageTextContent,
    WidgetItem,
)
from pydantic import AnyUrl, TypeAdapter

from ...clock import of_milliseconds
from .. import rows
from ..histories import Own, grouped, said_by_others
from ..threads import external_id_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...context import Piece
    from ...records import MessageRecord
    from ..histories import Answers, Said

NAME = "chatkit"
_ITEMS: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)


def source_of(item: ThreadItem) -> dict[str, Any]:
    """The JSON of an item."""
    source: dict[str, Any] = _ITEMS.dump_python(item, mode="json")
    return source


def item_of(source: dict[str, Any]) -> ThreadItem:
    """The item that was stored."""
    return _ITEMS.validate_python(source)


def neutral(item: ThreadItem) -> list[rows.Row]:
    """The row of an item. Empty for bookkeeping, such as the end of a turn."""
    if isinstance(item, UserMessageItem):
        texts = [{"type": "input_text", "text": content.text} for content in item.content]
        quoted = [{"type": "input_text", "text": f"> {item.quoted_text}"}] if item.quoted_text else []
        parts = [*quoted, *texts, *map(_attached, item.attachments)]
        return [rows.words("user", parts[0]["text"] if len(parts) == 1 and "text" in parts[0] else parts)]
    if isinstance(item, AssistantMessageItem):
        texts = [{"type": "output_text", "text": content.text} for content in item.content]
        return [rows.words("assistant", texts[0]["text"] if len(texts) == 1 else texts)]
    if isinstance(item, ClientToolCallItem):
        return [rows.call(item.call_id, item.name, item.arguments)]
    if isinstance(item, WidgetItem) and item.copy_text:
        return [rows.words("assistant", item.copy_text)]
    return []


def output_row(item: ThreadItem, key: str) -> rows.Row | None:
    """The output of a client's tool, if the item has one. `key` is the `client_id` of the item."""
    if not isinstance(item, ClientToolCallItem) or item.status != "completed":
        return None
    text = item.output if isinstance(item.output, str) else json.dumps(item.output, ensure_ascii=False, default=str)
    return {**rows.output(item.call_id, text), "client_id": output_key(key)}


def output_key(key: str) -> str:
    """The `client_id` of the output of a client's tool, from that of the item."""
    return f"{key}/output"


def key_beside(item: ThreadItem) -> str:
    """The `client_id` of an item if another item has its id: models of chat completions give no ids of their own."""
    return external_id_of(item.id, source_of(item)["created_at"])


def is_another(item: ThreadItem, record: MessageRecord) -> bool:
    """Whether a message holds another item than this one: it was created at another time."""
    source = source_in(record)
    return source is not None and source["created_at"] != source_of(item)["created_at"]


def source_in(record: MessageRecord) -> dict[str, Any] | None:
    """The JSON of the item that this store wrote into a message, or None."""
    [group] = grouped(NAME, [record])
    return group.source if isinstance(group, Own) else None


def foreign_items(records: list[MessageRecord], thread_id: str, answers: Answers) -> Iterator[ThreadItem]:
    """Yield the messages of other programs as items. The output of a call is in the item of the call."""
    for one in said_by_others(records):
        base: dict[str, Any] = {
            "id": one.record.id,
            "thread_id": thread_id,
            "created_at": of_milliseconds(one.record.created_at_ms),
        }
        if one.kind == "user":
            contents: list[Any] = [
                UserMessageTextContent(text=piece.text) for piece in one.pieces if not _is_image(piece)
            ]
            images: list[Any] = [_attachment(piece, one) for piece in one.pieces if _is_image(piece)]
            yield UserMessageItem(**base, content=contents, attachments=images, inference_options=InferenceOptions())
        elif one.kind == "assistant":
            yield AssistantMessageItem(**base, content=[AssistantMessageContent(text=one.text)])
        elif one.kind == "call":
            yield _call(one, base, answers.get((one.record.id, one.call_id)))


def _call(one: Said, base: dict[str, Any], output: str | None) -> ClientToolCallItem:
    try:
        arguments = json.loads(one.arguments)
    except json.JSONDecodeError:
        arguments = one.arguments
    return ClientToolCallItem(
        **base | {"id": f"{one.record.id}~{one.call_id}"},
        status="pending" if output is None else "completed",
        call_id=one.call_id,
        name=one.name,
        arguments=arguments if isinstance(arguments, dict) else {"input": arguments},
        output=output,
    )


def _is_image(piece: Piece) -> bool:
    return piece.kind == "image" and "url" in piece.fields


def _attachment(piece: Piece, one: Said) -> ImageAttachment:
    number = one.pieces.index(piece)
    return ImageAttachment(
        id=f"{one.record.id}~{number}", name="image", mime_type="image/png", preview_url=AnyUrl(piece.fields["url"])
    )


def _attached(attachment: Any) -> dict[str, Any]:
    preview = getattr(attachment, "preview_url", None)
    if preview is not None:
        return {"type": "input_image", "image_url": str(preview)}
    return {"type": "input_file", "file_id": attachment.id, "filename": attachment.name}
