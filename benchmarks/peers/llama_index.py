"""The chat store of LlamaIndex in MongoDB."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from ..seeding import TEXT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class LlamaIndex:
    """`MongoChatStore`, with its asynchronous methods."""

    name = "LlamaIndex"
    package = "llama-index-storage-chat-store-mongo"
    does = (
        "finds the largest number without an index, then inserts the next: two appends at once get the same number; creates no "
        "index; has no call for the newest 20, so reads all messages"
    )

    def __init__(self, url: str, database: str) -> None:
        from llama_index.core.llms import ChatMessage, MessageRole  # noqa: PLC0415 - needs the extra
        from llama_index.storage.chat_store.mongo import MongoChatStore  # noqa: PLC0415 - needs the extra

        self._store: Any = MongoChatStore(mongo_uri=url, db_name=database, collection_name="llama_index")
        roles = (MessageRole.USER, MessageRole.ASSISTANT)
        self._messages = [ChatMessage(role=role, content=TEXT) for role in roles]

    @staticmethod
    @asynccontextmanager
    async def on(url: str, database: str) -> AsyncIterator[LlamaIndex]:
        """Open a store. It has its own clients, and no method that closes them."""
        histories = LlamaIndex(url, database)
        yield histories
        histories._store._mongo_client.close()  # noqa: SLF001 - the store has no method that closes it
        await histories._store._async_client.close()  # noqa: SLF001 - the same

    async def fill(self, name: str, count: int) -> None:
        """`aset_messages`."""
        await self._store.aset_messages(name, [self._messages[number % 2] for number in range(count)])

    async def append(self, name: str) -> Any:
        """`async_add_message`."""
        return await self._store.async_add_message(name, self._messages[0])

    async def last(self, name: str, count: int) -> Any:
        """The newest of all messages, from `aget_messages`."""
        return (await self._store.aget_messages(name))[-count:]

    async def everything(self, name: str) -> Any:
        """`aget_messages`."""
        return await self._store.aget_messages(name)
