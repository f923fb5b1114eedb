"""The chat history of LangChain in MongoDB."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from ..seeding import TEXT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable


class LangChain:
    """`MongoDBChatMessageHistory`, which blocks."""

    name = "LangChain"
    package = "langchain-mongodb"
    does = (
        "blocks; an append is one insert of one JSON string, without number, time or validation; reads without a sort; the "
        "newest 20 are a count and a skip"
    )

    def __init__(self, url: str, database: str) -> None:
        from langchain_core.messages import AIMessage, HumanMessage  # noqa: PLC0415 - needs the extra
        from langchain_mongodb import MongoDBChatMessageHistory  # noqa: PLC0415 - needs the extra
        from pymongo import MongoClient  # noqa: PLC0415 - needed with the extra only

        self._client: Any = MongoClient(url)
        self._open: Callable[..., Any] = lambda name, **options: MongoDBChatMessageHistory(
            None, name, database, "langchain", client=self._client, **options
        )
        self._messages = (HumanMessage(TEXT), AIMessage(TEXT))
        self._histories: dict[str, Any] = {}
        self._newest: dict[str, Any] = {}

    @staticmethod
    @asynccontextmanager
    async def on(url: str, database: str) -> AsyncIterator[LangChain]:
        """Open histories that share a client."""
        histories = LangChain(url, database)
        yield histories
        histories._client.close()

    async def fill(self, name: str, count: int) -> None:
        """`add_messages`."""
        self._histories[name] = self._open(name)
        self._newest[name] = self._open(name, history_size=20)
        self._histories[name].add_messages([self._messages[number % 2] for number in range(count)])

    async def append(self, name: str) -> Any:
        """`add_message`."""
        return self._histories[name].add_message(self._messages[0])

    async def last(self, name: str, count: int) -> Any:
        """`messages` of a history with this `history_size`."""
        return self._newest[name].messages[-count:]

    async def everything(self, name: str) -> Any:
        """`messages`."""
        return self._histories[name].messages
