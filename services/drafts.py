"""Collects the chunks of a message until the last one comes; what is collected survives restarts and is shared by processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import InvalidInput, TooLarge
from .store import now

if TYPE_CHECKING:
    from ..inputs import NewMessage
    from .store import Store


def draft_id(thread_id: str, message: NewMessage) -> str:
    """One draft at a time for a sender (or an assistant) in a thread."""
    return f"{thread_id}/{message.role}/{message.sender_id or ''}/{message.assistant_id or ''}"


async def add_chunk(store: Store, thread_id: str, message: NewMessage) -> None:
    """Put a chunk behind those that came before; raises `TooLarge` if the message has become too large."""
    text = _text(message)
    drafts = store.documents.drafts.get_pymongo_collection()
    draft = await drafts.find_one_and_update(
        {"_id": draft_id(thread_id, message)},
        {
            "$push": {"chunks": text},
            "$inc": {"size": len(text.encode())},
            "$set": {"thread_id": thread_id, "updated_at": now()},
        },
        {"size": 1},
        upsert=True,
        return_document=True,
    )
    if draft is not None and draft["size"] > store.limits.max_message_bytes:
        await drop_draft(store, thread_id, message)
        raise TooLarge("content", store.limits.max_message_bytes)


async def with_draft(store: Store, thread_id: str, message: NewMessage) -> NewMessage:
    """The message with all chunks that came before."""
    draft = await store.documents.drafts.get(draft_id(thread_id, message))
    if draft is None:
        return message
    content = "".join([*draft.chunks, _text(message)])
    if len(content.encode()) > store.limits.max_message_bytes:
        raise TooLarge("content", store.limits.max_message_bytes)
    return message.model_copy(update={"content": content})


async def drop_draft(store: Store, thread_id: str, message: NewMessage) -> None:
    """Forget the chunks: the message is stored."""
    await store.documents.drafts.get_pymongo_collection().delete_one({"_id": draft_id(thread_id, message)})


def _text(message: NewMessage) -> str:
    if not isinstance(message.content, str):
        raise InvalidInput.at("content", "a message in chunks must be text", "chunk_type")
    return message.content
