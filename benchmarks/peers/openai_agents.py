"""The session of the OpenAI Agents SDK in MongoDB."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from pymongo import AsyncMongoClient

from ..seeding import TEXT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

_TURN = 2


class OpenAIAgents:
    """`MongoDBSession`, which stores one document for each turn."""

    name = "OpenAI Agents SDK"
    package = "openai-agents"
    does = (
        "numbers with a counter; stores JSON strings, one document for all messages of one call (here two: a question and its "
        "answer); roles and times cannot be queried"
    )

    def __init__(self, client: AsyncMongoClient[Any], database: str) -> None:
        from agents.extensions.memory import MongoDBSession  # noqa: PLC0415 - needs the extra

        self._session: Callable[[str], Any] = lambda name: MongoDBSession(name, client=client, database=database)
        self._sessions: dict[str, Any] = {}
        self._items = [{"role": role, "content": TEXT} for role in ("user", "assistant")]

    @staticmethod
    @asynccontextmanager
    async def on(url: str, database: str) -> AsyncIterator[OpenAIAgents]:
        """Open sessions that share a client."""
        async with AsyncMongoClient[Any](url) as client:
            yield OpenAIAgents(client, database)

    async def fill(self, name: str, count: int) -> None:
        """`add_items`, turn by turn."""
        session = self._sessions[name] = self._session(name)
        for _ in range(count // _TURN):
            await session.add_items(self._items)

    async def append(self, name: str) -> Any:
        """`add_items` with one item."""
        return await self._sessions[name].add_items(self._items[:1])

    async def last(self, name: str, count: int) -> Any:
        """`get_items` with a limit."""
        return await self._sessions[name].get_items(limit=count)

    async def everything(self, name: str) -> Any:
        """`get_items`."""
        return await self._sessions[name].get_items()
