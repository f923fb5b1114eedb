"""Threadkeep in process."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from ...keep import Threadkeep
from ..seeding import TEXT, conversation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_MOST_TOGETHER = 1_000


class Ours:
    """Messages as documents, numbered, in order for every reader."""

    name = "Threadkeep"
    package = "threadkeep"
    does = (
        "validates, numbers without gaps, waits for the disk; one insert and one update for an append; looks whether the thread "
        "is still there; a document per message that any MongoDB tool can query"
    )

    def __init__(self, keep: Threadkeep, user_id: str) -> None:
        self._keep = keep
        self._user_id = user_id
        self._threads: dict[str, str] = {}

    @staticmethod
    @asynccontextmanager
    async def on(url: str, database: str) -> AsyncIterator[Ours]:
        """A Threadkeep that owns its client."""
        async with Threadkeep.connect(url, database=database, timeout_seconds=60, sweep_seconds=None) as keep:
            yield Ours(keep, (await keep.user_service.create_user(full_name="Ada")).id)

    async def fill(self, name: str, count: int) -> None:
        """Batches."""
        thread = await self._keep.thread_service.create_thread([self._user_id])
        self._threads[name] = thread.id
        said = conversation(count, self._user_id)
        for first in range(0, count, _MOST_TOGETHER):
            await self._keep.message_service.create_messages(thread.id, said[first : first + _MOST_TOGETHER])

    async def append(self, name: str) -> Any:
        """`create_message`."""
        return await self._keep.message_service.create_message(self._threads[name], TEXT, sender_id=self._user_id)

    async def last(self, name: str, count: int) -> Any:
        """`list_messages`, newest first."""
        return await self._keep.message_service.list_messages(self._threads[name], count, order="desc")

    async def everything(self, name: str) -> Any:
        """`list_messages` without a limit."""
        return await self._keep.message_service.list_messages(self._threads[name])
