"""Drafts: the chunks of a message, collected in the database until the last chunk arrives.

Drafts survive restarts, and all processes share them. The last chunk is handled in three steps:

1. Close the draft: write the id of the message to `message_id` of the draft.
2. Store the message under this id.
3. Remove the draft.

A process may be killed after step 1 or 2. Then the next chunk finds a closed draft, and looks for the message with its id.
If the message exists, the draft is removed. If it does not exist, the draft is opened again.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import orjson
from pymongo.errors import DuplicateKeyError

from ...clock import now
from ...documents import database_time
from ...errors import InvalidInput, TooLarge, Unavailable
from ...ids import new_id
from ..database import Tries
from .surrogates import joined_text, stored_chunk

if TYPE_CHECKING:
    from pymongo.asynchronous.collection import AsyncCollection

    from ...documents import Documents
    from ...inputs import NewMessage
    from ...settings import Limits
    from ..caller import Caller
    from ..tuning import Tuning

_MOST_REMEMBERED = 100


class DraftWriter:
    """The draft of one API key in a thread. At a time, a key has one draft for each run, role, sender and assistant.

    So chunks of different keys, or of different runs, never become one message.
    """

    def __init__(
        self,
        documents: Documents,
        limits: Limits,
        tuning: Tuning,
        thread_id: str,
        message: NewMessage,
        *,
        caller: Caller,
    ) -> None:
        self._documents = documents
        self._drafts: AsyncCollection[Any] = documents.drafts.get_pymongo_collection()
        self._limit = limits.max_message_bytes
        self._most_chunks = limits.max_message_elements
        self._write_may_run = timedelta(seconds=tuning.write_may_run_seconds)
        self._thread_id = thread_id
        self._message = message
        self._sender_id = message.sender_id or caller.user_id
        self._id = _draft_id(thread_id, caller, message)

    async def add(self, chunk_id: str | None) -> None:
        """Add the chunk behind the earlier ones. A chunk whose id is in the draft already is not added again.

        Raises `TooLarge` if the draft would exceed the size of a message, or has too many chunks; then the draft is removed.
        Raises `Unavailable` if the message before is still being written.
        """
        text = stored_chunk(_text(self._message))
        size = len(text.encode())
        has_room = {
            "size": {"$not": {"$gt": self._limit - size}},
            f"chunks.{self._most_chunks - 1}": {"$exists": False},
        }
        chunk_id = chunk_id or new_id("chunk")
        tries = Tries()
        while True:
            tries.begin()
            try:
                await self._drafts.update_one(
                    {"_id": self._id, "message_id": None, "chunk_ids": {"$ne": chunk_id}, **has_room},
                    {
                        "$push": {"chunks": text, "chunk_ids": {"$each": [chunk_id], "$slice": -_MOST_REMEMBERED}},
                        "$inc": {"size": size},
                        "$set": {"updated_at": now(), "message_id": None, **self._owners()},
                    },
                    upsert=True,
                )
            except DuplicateKeyError:  # the draft has this chunk already, or is full, or is closed
                if await self._drafts.find_one({"_id": self._id, "chunk_ids": chunk_id}, {"_id": 1}):
                    return
                await self._refuse_if_full(size)
                await self._reopen()
                continue
            return

    async def _refuse_if_full(self, size: int) -> None:
        """Remove the open draft and raise `TooLarge` if it has no room for a chunk of this size."""
        draft = await self._drafts.find_one({"_id": self._id, "message_id": None})
        if draft is None:
            return
        too_many = len(draft["chunks"]) >= self._most_chunks
        if too_many or draft["size"] + size > self._limit:
            await self._drafts.delete_one({"_id": self._id, "message_id": None})
            raise TooLarge("content", self._most_chunks, "chunks") if too_many else TooLarge("content", self._limit)

    async def close(self, message_id: str) -> NewMessage:
        """The message with all chunks before it in its content. It must be stored under this id.

        Closes the draft. Raises `InvalidInput` if the text is not valid Unicode, `TooLarge`, and `Unavailable` if the message
        before is still being written.
        """
        tries = Tries()
        while (draft := await self._drafts.find_one({"_id": self._id})) is not None:
            tries.begin()
            if draft.get("message_id") not in (None, message_id):
                await self._reopen()
                continue
            last = stored_chunk(_text(self._message))
            try:
                content = _joined([*draft["chunks"], last])
            except InvalidInput:  # no further chunk can make it valid
                await self.abort()
                raise
            if len(content.encode()) > self._limit:
                raise TooLarge("content", self._limit)
            unchanged: dict[str, Any] = {"_id": self._id, "message_id": {"$in": [None, message_id]}}
            unchanged["chunks"] = {"$size": len(draft["chunks"])}
            # By the time of the database: another process decides by it whether this one may still write.
            closed = {"$set": {"message_id": message_id}, "$currentDate": {"updated_at": True}}
            if (await self._drafts.update_one(unchanged, closed)).matched_count:
                return self._message.model_copy(update={"content": content})
        if isinstance(self._message.content, str):
            _joined([stored_chunk(self._message.content)])
        return self._message

    async def drop(self, message_id: str) -> None:
        """Remove the draft of this message, after the message was stored."""
        await self._drafts.delete_one({"_id": self._id, "message_id": message_id})

    async def abort(self) -> None:
        """Remove the open draft with its chunks. If the last chunk of a message has arrived, the message is still stored."""
        await self._drafts.delete_one({"_id": self._id, "message_id": None})

    def _owners(self) -> dict[str, str]:
        """The ids by which the draft is found when its thread is deleted or its sender is erased."""
        sender = {} if self._sender_id is None else {"sender_id": self._sender_id}
        return {"thread_id": self._thread_id, **sender}

    async def _reopen(self) -> None:
        """Remove a closed draft if its message is stored or was deleted. Else open the draft again.

        Raises `Unavailable` if the draft was closed less than two seconds ago: its writer may still store the message.
        """
        draft = await self._drafts.find_one(
            {"_id": self._id, "message_id": {"$ne": None}}, {"message_id": 1, "updated_at": 1}
        )
        if draft is None:
            return
        message_id = draft["message_id"]
        if await self._is_stored(message_id):
            await self.drop(message_id)
        elif draft["updated_at"] > await database_time(self._documents.database) - self._write_may_run:
            raise Unavailable("The message before is being written.")
        else:
            await self._drafts.update_one({"_id": self._id, "message_id": message_id}, {"$set": {"message_id": None}})

    async def _is_stored(self, message_id: str) -> bool:
        for collection in (self._documents.messages, self._documents.deleted_messages):
            if await collection.find_one({"_id": message_id}, {"_id": 1}):
                return True
        return False


def _draft_id(thread_id: str, caller: Caller, message: NewMessage) -> str:
    """The id of a draft. The hash has all parts in JSON, so that no two lists of parts have the same id."""
    owner = [caller.scope, caller.key_id, caller.user_id]
    parts = [owner, message.run_id, message.role, message.sender_id, message.assistant_id]
    return f"{thread_id}/{hashlib.sha256(orjson.dumps(parts)).hexdigest()}"


def _joined(chunks: list[str]) -> str:
    text = joined_text(chunks)
    if text is None:
        raise InvalidInput.at("content", "the chunks together have a lone surrogate", "string_unicode")
    return text


def _text(message: NewMessage) -> str:
    if not isinstance(message.content, str):
        raise InvalidInput.at("content", "a message in chunks must be text", "chunk_type")
    return message.content
