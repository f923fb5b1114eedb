"""Reports the progress of a change of the schema, and the cause of a wait: an index build may take hours."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from pymongo.errors import PyMongoError
from pymongo.server_type import SERVER_TYPE

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from pymongo import AsyncMongoClient
    from pymongo.asynchronous.database import AsyncDatabase

    from ...documents import Change

    Progress = Callable[[str, int, int], None]
    """Is called with the step, the amount that is done, and the total amount. A total of 0 is not known."""

ASK_SECONDS = 2.0
_CHANGING = ("createIndexes", "collMod", "create", "drop")


class ChangeProgress:
    """Reports the progress of changes that take long."""

    def __init__(
        self, database: AsyncDatabase[dict[str, Any]], progress: Progress, *, ask_seconds: float = ASK_SECONDS
    ) -> None:
        self._database = database
        self._client: AsyncMongoClient[dict[str, Any]] = database.client
        self._progress = progress
        self._ask_seconds = ask_seconds

    async def during(self, change: Change, work: Coroutine[Any, Any, None]) -> None:
        """Run `work`, which makes the change, and report its progress until it ends."""
        task = asyncio.ensure_future(work)
        try:
            while not (await asyncio.wait((task,), timeout=self._ask_seconds))[0]:
                state, done, total = await self._state(change)
                self._progress(f"{change}: {state}", done, total)
            task.result()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _state(self, change: Change) -> tuple[str, int, int]:
        operations = await self._operations(change.collection)
        for operation in operations:
            if (progress := operation.get("progress")) and progress.get("total"):
                done, total = int(progress["done"]), int(progress["total"])
                return f"{_phase(operation)}, {100 * done // total} %", done, total
        if silent := self._silent_members():
            return f"waits for {', '.join(silent)}, which cannot be reached: all members build an index together", 0, 0
        if any(operation.get("waitingForLock") for operation in operations):
            return "waits for a lock that other operations hold", 0, 0
        phase = next(filter(None, map(_phase, operations)), "")
        return phase or "the database is working on it", 0, 0

    async def _operations(self, collection: str) -> list[dict[str, Any]]:
        """The operations of the server on the collection now. Empty if the database user may not see them."""
        matching: dict[str, Any] = {"$or": [{f"command.{name}": collection} for name in _CHANGING]}
        pipeline: list[dict[str, Any]] = [{"$currentOp": {"allUsers": True}}, {"$match": matching}]
        try:
            cursor = await self._client.admin.aggregate(pipeline)
            return await cursor.to_list()
        except PyMongoError:
            return []

    def _silent_members(self) -> list[str]:
        """The addresses of the members of the replica set that do not answer."""
        servers = self._client.topology_description.server_descriptions()
        silent = [address for address, server in servers.items() if server.server_type == SERVER_TYPE.Unknown]
        return [f"{host}:{port}" for host, port in silent]


def _phase(operation: Mapping[str, Any]) -> str:
    """The phase in the message of an operation.

    It is `scanning collection` for `Index Build: scanning collection Index Build: scanning collection: 300/1200 25%`.
    """
    phase = str(operation.get("msg", "")).removeprefix("Index Build: ")
    return phase.partition(" Index Build: ")[0].partition(":")[0].strip()
