"""Leases: what only one process at a time may do, held in the database for as long as it renews it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pymongo.errors import DuplicateKeyError

from ...clock import EPOCH, now
from ...ids import new_id

if TYPE_CHECKING:
    from ...documents import Documents


class Leaseholder:
    """One of several that may hold the lease `name`; a holder who does not renew in time loses it."""

    def __init__(self, documents: Documents, name: str, *, seconds: float = 60) -> None:
        self._leases = documents.leases.get_pymongo_collection()
        self._name = name
        self._holder = new_id(name)
        self._duration = timedelta(seconds=seconds)

    async def take(self) -> datetime | None:
        """Take the lease, or renew it; how far the work has come before (at first: 1970), or None if another holds it."""
        moment = now()
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
        """Whether the lease is still held, now for longer."""
        held = await self._leases.update_one(
            {"_id": self._name, "holder": self._holder}, {"$set": {"until": now() + self._duration}}
        )
        return held.matched_count == 1

    async def leave(self, watermark: datetime | None = None) -> None:
        """Let others have it; with `watermark`, note how far the work has come."""
        noted = {} if watermark is None else {"watermark": watermark}
        await self._leases.update_one({"_id": self._name, "holder": self._holder}, {"$set": {"until": now(), **noted}})
