"""Reads of single threads that begin at the same moment, joined in one command (decision 101)."""

from __future__ import annotations

import asyncio
import copy
from contextvars import Context
from typing import TYPE_CHECKING

from pymongo.errors import PyMongoError

from .bare_commands import has_bound_session, has_timeout

if TYPE_CHECKING:
    from .fast_reads import FastReads
    from .thread import ThreadRow

    Joined = dict[str, asyncio.Future[ThreadRow | None]]

_LIVING = {"deleted_at": None}
_MOST = 16
"""Threads of one command. Nearly always, the server sends so many in one reply."""


class JoinedReads:
    """Reads living threads by id, on one event loop.

    A read that begins while no other one runs is a command of its own. Otherwise it waits until the event loop has run
    everything that is ready. All reads that began until then are one command. So a read never sees a state from before its call.
    """

    def __init__(self, reads: FastReads[ThreadRow]) -> None:
        self._reads = reads
        self._running = 0
        self._waiting: Joined = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def find_one(self, thread_id: str) -> ThreadRow | None:
        """The thread with this id, or None if it is deleted or does not exist. No other caller gets the same object."""
        if self._running and thread_id not in self._waiting and self._reads.has_timeout and not _has_own_terms():
            return await self._join(thread_id)
        return await self._read(thread_id)

    async def _read(self, thread_id: str) -> ThreadRow | None:
        self._running += 1
        try:
            return await self._reads.find_one({"_id": thread_id, **_LIVING})
        finally:
            self._running -= 1

    def _join(self, thread_id: str) -> asyncio.Future[ThreadRow | None]:
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._send, context=Context())
        found = self._waiting[thread_id] = loop.create_future()
        if len(self._waiting) == _MOST:
            self._send()
        return found

    def _send(self) -> None:
        joined, self._waiting = self._waiting, {}
        if joined:
            task = asyncio.create_task(self._answer(joined), name="joined reads", context=Context())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            task.add_done_callback(lambda _: [found.cancel() for found in joined.values()])

    async def _answer(self, joined: Joined) -> None:
        """Answer the callers that are not cancelled."""
        self._running += 1
        try:
            rows, is_cut = await self._reads.find({"_id": {"$in": [*joined]}, **_LIVING}, None, limit=len(joined))
        except PyMongoError as error:
            for found in joined.values():
                if not found.done():
                    found.set_exception(copy.copy(error))
            return
        except Exception:  # noqa: BLE001 - one of the threads cannot be read: only its caller gets the error
            rows, is_cut = [], True
        finally:
            self._running -= 1
        by_id = {row["_id"]: row for row in rows}
        for thread_id, found in joined.items():
            if found.done():
                continue
            if is_cut and thread_id not in by_id:
                await self._answer_alone(thread_id, found)
            else:
                found.set_result(by_id.get(thread_id))

    async def _answer_alone(self, thread_id: str, found: asyncio.Future[ThreadRow | None]) -> None:
        try:
            row = await self._read(thread_id)
        except Exception as error:  # noqa: BLE001 - the caller gets it
            if not found.done():
                found.set_exception(error)
            return
        if not found.done():
            found.set_result(row)


def _has_own_terms() -> bool:
    """Whether the caller has a time limit of its own, or has bound its reads to a session."""
    return has_timeout() or has_bound_session()
