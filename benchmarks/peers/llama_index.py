"""LlamaIndex's chat store in MongoDB."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from ..seeding import TEXT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class LlamaIndex:
    """`MongoChatStore`, awaited."""

    name = "LlamaIndex"
    package = "llama-index-storage-chat-store-mongo"
    does = (
        "looks for the largest number, without an index for it, then inserts the next: two at once get the same; creates no index; "
        "has no call for the newest 20, so reads all of them"
    )

    def __init__(self, url: str, database: str) -> None:
        from llama_index.core.llms import ChatMessage, MessageRole  # noqa: PLC0415 - needs the extra
        from llama_index.storage.chat_store.mongo import MongoChatStore  # noqa: PLC0415 - needs the extra

        self._runtime: Any = MongoChatStore(mongo_uri=url, db_name=database, collection_name="llama_index")
        roles = (MessageRole.USER, MessageRole.ASSISTANT)
        self._said = [ChatMessage(role=role, content=TEXT) for role in roles]

    @staticmethod
    @asynccontextmanager
    async def on(url: str, database: str) -> AsyncIterator[LlamaIndex]:
        """A store of its own clients, which it has no call to close."""
        histories = LlamaIndex(url, database)
        yield histories
        histories._runtime._mongo_client.close()  # noqa: SLF001 - it has no call for it
        await histories._runtime._async_client.close()  # noqa: SLF001 - nor for this

    async def fill(self, name: str, count: int) -> None:
        """`aset_messages`."""
        await self._runtime.aset_messages(name, [self._said[number % 2] for number in range(count)])

    async def append(self, name: str) -> Any:
        """`async_add_message`."""
        return await self._runtime.async_add_message(name, self._said[0])

    async def last(self, name: str, count: int) -> Any:
        """All, of which the newest are taken."""
        return (await self._runtime.aget_messages(name))[-count:]

    async def everything(self, name: str) -> Any:
        """`aget_messages`."""
        return await self._runtime.aget_messages(name)
