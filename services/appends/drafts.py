"""Collects the chunks of a message until the last one comes; what is collected survives restarts and is shared by processes.

The last chunk closes the draft first: from then on it names the message that it becomes. So whoever comes after a process
was killed in between can tell whether the message is there, and the draft has only been left behind.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pymongo.errors import DuplicateKeyError

from ...clock import now
from ...errors import InvalidInput, TooLarge, Unavailable
from ...ids import new_id
from ...inputs import text_size
from .replays import UNDER_WAY_SECONDS

if TYPE_CHECKING:
    from pymongo.asynchronous.collection import AsyncCollection

    from ...documents import Documents
    from ...inputs import NewMessage
    from ...settings import Limits

_MOST_REMEMBERED = 100


class DraftWriter:
    """One message in chunks: of one sender (or assistant) in a thread, one message at a time."""

    def __init__(self, documents: Documents, limits: Limits, thread_id: str, message: NewMessage) -> None:
        self._documents = documents
        self._drafts: AsyncCollection[Any] = documents.drafts.get_pymongo_collection()
        self._limit = limits.max_message_bytes
        self._thread_id = thread_id
        self._message = message
        self._id = f"{thread_id}/{message.role}/{message.sender_id or ''}/{message.assistant_id or ''}"

    async def add(self, chunk_id: str | None) -> None:
        """Put a chunk behind those that came before, once; raises `TooLarge` if the message has become too large."""
        text = _text(self._message)
        chunk_id = chunk_id or new_id("chunk")
        while True:
            try:
                draft: Any = await self._drafts.find_one_and_update(
                    {"_id": self._id, "message_id": None, "chunk_ids": {"$ne": chunk_id}},
                    {
                        "$push": {"chunks": text, "chunk_ids": {"$each": [chunk_id], "$slice": -_MOST_REMEMBERED}},
                        "$inc": {"size": text_size(text)},
                        "$set": {"thread_id": self._thread_id, "updated_at": now(), "message_id": None},
                    },
                    {"size": 1},
                    upsert=True,
                    return_document=True,
                )
            except DuplicateKeyError:  # this chunk is in it already, or it is closed
                if await self._drafts.find_one({"_id": self._id, "chunk_ids": chunk_id}, {"_id": 1}):
                    return
                await self._reopen()
                continue
            break
        if draft["size"] > self._limit:
            await self._drafts.delete_one({"_id": self._id})
            raise TooLarge("content", self._limit)

    async def close(self, message_id: str) -> NewMessage:
        """The message with all chunks that came before, to be stored under this id and no other."""
        while (draft := await self._drafts.find_one({"_id": self._id})) is not None:
            if draft.get("message_id") not in (None, message_id):
                await self._reopen()
                continue
            content = "".join([*draft["chunks"], _text(self._message)])
            if text_size(content) > self._limit:
                raise TooLarge("content", self._limit)
            unchanged: dict[str, Any] = {"_id": self._id, "message_id": {"$in": [None, message_id]}}
            unchanged["chunks"] = {"$size": len(draft["chunks"])}
            closed = {"$set": {"message_id": message_id, "updated_at": now()}}
            if (await self._drafts.update_one(unchanged, closed)).matched_count:
                return self._message.model_copy(update={"content": content})
        return self._message

    async def drop(self, message_id: str) -> None:
        """Forget the chunks: the message is stored."""
        await self._drafts.delete_one({"_id": self._id, "message_id": message_id})

    async def _reopen(self) -> None:
        """Drop a closed draft whose message is there; let one go on whose message never came."""
        draft = await self._drafts.find_one(
            {"_id": self._id, "message_id": {"$ne": None}}, {"message_id": 1, "updated_at": 1}
        )
        if draft is None:
            return
        message_id = draft["message_id"]
        if await self._is_stored(message_id):
            await self.drop(message_id)
        elif draft["updated_at"] > now() - timedelta(seconds=UNDER_WAY_SECONDS):
            raise Unavailable("The message before is being written.")
        else:
            await self._drafts.update_one({"_id": self._id, "message_id": message_id}, {"$set": {"message_id": None}})

    async def _is_stored(self, message_id: str) -> bool:
        for collection in (self._documents.messages, self._documents.deleted_messages):
            if await collection.find_one({"_id": message_id}, {"_id": 1}):
                return True
        return False


def _text(message: NewMessage) -> str:
    if not isinstance(message.content, str):
        raise InvalidInput.at("content", "a message in chunks must be text", "chunk_type")
    return message.content
