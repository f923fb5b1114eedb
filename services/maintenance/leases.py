"""Leases: each lets one process at a time do a task. A lease is a document, and its holder must renew it in time."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from pymongo.errors import DuplicateKeyError, PyMongoError

from ...clock import EPOCH
from ...documents import database_time
from ...ids import new_id
from .background import cancel_tasks

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from ...documents import Documents

_RENEWALS = 4
"""How often a lease is renewed in the time that it lasts."""


class Leaseholder:
    """A process that may hold the lease `name`. A holder loses the lease if it does not renew it within `seconds`."""

    def __init__(self, documents: Documents, name: str, *, seconds: float = 60) -> None:
        self._database = documents.database
        self._leases = documents.leases.get_pymongo_collection()
        self._name = name
        self._holder = new_id(name)
        self._duration = timedelta(seconds=seconds)

    async def take(self) -> datetime | None:
        """Take the lease, or renew it if this process holds it. Returns None if another process holds it.

        Else returns the watermark that the last holder stored, or 1970 if there is none.
        """
        moment = await database_time(self._database)
        try:
            before = await self._leases.find_one_and_update(
                {"_id": self._name, "$or": [{"until": {"$lt": moment}}, {"holder": self._holder}]},
                {"$set": {"holder": self._holder, "until": moment + self._duration}},
                upsert=True,
            )
        except DuplicateKeyError:
            return None
        watermark: datetime = (before or {}).get("watermark", EPOCH)
        return watermark

    async def renew(self) -> bool:
        """Extend the lease by its duration from now. Returns False if another process has taken it."""
        until = await database_time(self._database) + self._duration
        renewed = await self._leases.update_one({"_id": self._name, "holder": self._holder}, {"$set": {"until": until}})
        return renewed.matched_count == 1

    async def hold_during(self, work: Coroutine[Any, Any, None]) -> bool:
        """Run `work` and renew the lease meanwhile. Call it after `take`.

        Returns False if the lease was lost: another process took it, or it could not be renewed in time. Then `work` was
        cancelled.
        """
        worker = asyncio.ensure_future(work)
        renewal = asyncio.ensure_future(self._renew_until_lost())
        try:
            await asyncio.wait((worker, renewal), return_when=asyncio.FIRST_COMPLETED)
            if worker.done():
                await worker  # raises its error
                return True
            return False
        finally:
            await cancel_tasks((worker, renewal))

    async def _renew_until_lost(self) -> None:
        """Renew the lease again and again. Returns when it is lost."""
        seconds = self._duration.total_seconds()
        renewed = time.monotonic()
        while time.monotonic() - renewed < seconds:
            await asyncio.sleep(seconds / _RENEWALS)
            began = time.monotonic()
            try:
                if not await self.renew():
                    return
            except PyMongoError:  # the database is away: the lease lasts for some more time
                continue
            renewed = began

    async def release(self, watermark: datetime | None = None) -> None:
        """End the lease now, so that others may take it. With `watermark`, store up to when the work is done."""
        stored = {} if watermark is None else {"watermark": watermark}
        until = await database_time(self._database)
        await self._leases.update_one({"_id": self._name, "holder": self._holder}, {"$set": {"until": until, **stored}})
