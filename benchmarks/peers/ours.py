"""Threadkeep in process, as one of the compared libraries."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from ...keep import Threadkeep
from ..seeding import TEXT, conversation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_MOST_TOGETHER = 1_000


class Ours:
    """Threadkeep: each message is a document with a number, and all readers see the same order."""

    name = "Threadkeep"
    package = "threadkeep"
    does = (
        "validates input; numbers messages without gaps; waits for the disk; an append is one insert and one update; checks that "
        "the thread exists; one document for each message, which any MongoDB tool can query"
    )

    def __init__(self, keep: Threadkeep, user_id: str) -> None:
        self._keep = keep
        self._user_id = user_id
        self._threads: dict[str, str] = {}

    @staticmethod
    @asynccontextmanager
    async def on(url: str, database: str) -> AsyncIterator[Ours]:
        """Open a Threadkeep that owns its client."""
        async with Threadkeep.connect(url, database=database, timeout_seconds=60, sweep_seconds=None) as keep:
            yield Ours(keep, (await keep.user_service.create_user(full_name="Ada")).id)

    async def fill(self, name: str, count: int) -> None:
        """`create_messages`, in batches."""
        thread = await self._keep.thread_service.create_thread([self._user_id])
        self._threads[name] = thread.id
        messages = conversation(count, self._user_id)
        for first in range(0, count, _MOST_TOGETHER):
            await self._keep.message_service.create_messages(thread.id, messages[first : first + _MOST_TOGETHER])

    async def append(self, name: str) -> Any:
        """`create_message`."""
        return await self._keep.message_service.create_message(self._threads[name], TEXT, sender_id=self._user_id)

    async def last(self, name: str, count: int) -> Any:
        """`list_messages`, newest first."""
        return await self._keep.message_service.list_messages(self._threads[name], count, order="desc")

    async def everything(self, name: str) -> Any:
        """`list_messages` without a limit."""
        return await self._keep.message_service.list_messages(self._threads[name])
