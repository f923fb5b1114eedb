"""Reads of single threads that begin at the same moment, joined in one command (decision 101)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .fast_reads import FastReads
    from .thread import ThreadRow

_MOST = 16
"""Threads of one command. A thread has at most some hundred KiB, so the server sends so many in one reply."""


class JoinedReads:
    """Reads threads by id, on one event loop.

    A read that begins while no other one runs is a command of its own. Otherwise it waits until the event loop has run
    everything that is ready. All reads that began until then are one command. So a read never sees a state from before its call.
    """

    def __init__(self, reads: FastReads[ThreadRow], where: Mapping[str, Any]) -> None:
        """`where` holds for each thread that is found."""
        self._reads = reads
        self._where = where
        self._running = 0
        self._waiting: dict[str, asyncio.Future[ThreadRow | None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def find_one(self, row_id: str) -> ThreadRow | None:
        """The thread with this id, or None. No other caller gets the same object."""
        if self._running and row_id not in self._waiting and self._reads.has_timeout:
            return await self._join(row_id)
        self._running += 1
        try:
            return await self._reads.find_one({"_id": row_id, **self._where})
        finally:
            self._running -= 1

    def _join(self, row_id: str) -> asyncio.Future[ThreadRow | None]:
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._send)
        found = self._waiting[row_id] = loop.create_future()
        if len(self._waiting) == _MOST:
            self._send()
        return found

    def _send(self) -> None:
        joined, self._waiting = self._waiting, {}
        if joined:
            task = asyncio.create_task(self._answer(joined), name="joined reads")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _answer(self, joined: dict[str, asyncio.Future[ThreadRow | None]]) -> None:
        """Answer the callers that are not cancelled."""
        self._running += 1
        try:
            rows, is_cut = await self._reads.find({"_id": {"$in": [*joined]}, **self._where}, None, limit=len(joined))
            by_id = {row["_id"]: row for row in rows}
            for row_id, found in joined.items():
                row = by_id.get(row_id)
                if row is None and is_cut:
                    row = await self._reads.find_one({"_id": row_id, **self._where})
                if not found.done():
                    found.set_result(row)
        except BaseException as error:  # every caller must get an answer, for every kind of error
            for found in joined.values():
                if not found.done():
                    found.set_exception(error)
            if not isinstance(error, Exception):
                raise
        finally:
            self._running -= 1
