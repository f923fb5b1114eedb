"""Keeps the daily facts: computes the days that changed again, and only those (decision 0012)."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pymongo
from pymongo.errors import PyMongoError

from ...clock import EPOCH, now
from ...documents import DELETED_THREAD_KEPT_SECONDS
from ...errors import Unavailable
from ...log_events import log_events
from ...records import RollupReport
from ..driver_errors import translates_driver_errors
from ..maintenance import Leaseholder
from .changed_days import all_days, changed_days, hidden_threads, unsettled_days
from .pipelines import FACTS, VERSION

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from ...documents import Documents

    Progress = Callable[[int, int], None]
    """Hears how many days of how many are done."""

_log = log_events(__name__)

LOOK_BACK = timedelta(minutes=10)
"""No write takes as long, and no two clocks are as far apart."""
_LEASE_SECONDS = 300
_PAUSE_SECONDS = 0.01
_EVIDENCE = timedelta(seconds=DELETED_THREAD_KEPT_SECONDS) - timedelta(days=1)
"""Who comes later cannot tell any more what was deleted, and computes all days."""


def _unheard(_done: int, _total: int) -> None:
    pass


class Rollups:
    """The daily facts of one database."""

    def __init__(self, documents: Documents, *, look_back: timedelta = LOOK_BACK, version: int = VERSION) -> None:
        """Facts of another `version` are computed again. `look_back` is how far before the last run changes are sought."""
        self._documents = documents
        self._look_back = look_back
        self._version = version
        self._state = documents.database["rollups"]
        self._lease = Leaseholder(documents, "rollups", seconds=_LEASE_SECONDS)

    async def keep_up(self, every_seconds: float) -> None:
        """Bring the facts up to date now and every so often, until cancelled."""
        while True:
            try:
                await self.run()
            except (Unavailable, PyMongoError) as error:  # the next round will do, and every round after it
                _log.warning("rollups_postponed", error=type(error).__name__)
            await asyncio.sleep(every_seconds)

    @translates_driver_errors
    async def run(self, progress: Progress = _unheard) -> RollupReport | None:
        """Bring the facts up to date, at a cost that depends on what changed; None if another process is at it.

        Whoever is killed leaves the days that are not done to the next.
        """
        return await self._leased(EPOCH, progress, everything=False)

    async def finish(self, progress: Progress = _unheard, *, ask_again_seconds: float = 1) -> RollupReport:
        """Bring the facts up to date. If another process computes them, wait until it has ended."""
        while (report := await self.run(progress)) is None:  # noqa: ASYNC110 - another process would have to set the event
            await asyncio.sleep(ask_again_seconds)
        return report

    @translates_driver_errors
    async def rebuild(self, since: datetime = EPOCH, progress: Progress = _unheard) -> RollupReport | None:
        """Compute all facts since a day again, whatever they say; None if another process is at it."""
        return await self._leased(since, progress, everything=True)

    @translates_driver_errors
    async def as_of(self) -> datetime | None:
        """Up to when changes are in the facts; None if they were never computed completely."""
        state = await self._state.find_one({"_id": "daily"})
        return None if state is None else state.get("as_of")

    async def _leased(self, since: datetime, progress: Progress, *, everything: bool) -> RollupReport | None:
        if await self._lease.take() is None:
            return None
        try:
            with pymongo.timeout(_LEASE_SECONDS):
                hidden = await hidden_threads(self._documents)
                watermark = await self._look(hidden, since, everything=everything)
            return await self._compute(hidden, watermark, progress)
        finally:
            await self._lease.release()

    async def _look(self, hidden: list[str], since: datetime, *, everything: bool) -> datetime:
        """Note which days have to be computed, and until when changes were looked for, in one write."""
        moment = now()
        state: dict[str, Any] = await self._state.find_one({"_id": "daily"}) or {"version": 0, "carried": []}
        unsettled = await unsettled_days(self._documents, hidden)
        days = unsettled.union(state["carried"])
        known = state["version"] == self._version and moment - state["watermark"] < _EVIDENCE
        if known:
            days |= await changed_days(self._documents, state["watermark"] - self._look_back)
        if everything or not known:
            days |= await all_days(self._documents, since if known else EPOCH)
        await self._state.update_one(
            {"_id": "daily"},
            {
                "$set": {"watermark": moment, "carried": sorted(unsettled), "version": self._version},
                "$addToSet": {"pending": {"$each": sorted(days)}},
            },
            upsert=True,
        )
        return moment

    async def _compute(self, hidden: list[str], watermark: datetime, progress: Progress) -> RollupReport:
        state: dict[str, Any] = await self._state.find_one({"_id": "daily"}) or {"pending": []}
        days = sorted(state["pending"])
        done = 0
        for done, day in enumerate(days, 1):
            with pymongo.timeout(_LEASE_SECONDS):  # a long day takes longer than an ordinary operation may
                await self._compute_day(day, hidden)
            if not await self._lease.renew():
                # Another process took over in the middle of this: one of us may have overwritten the other's day.
                await self._state.update_one({"_id": "daily"}, {"$addToSet": {"pending": day}})
                raise Unavailable("The daily facts took too long to compute.")
            await self._state.update_one({"_id": "daily"}, {"$pull": {"pending": day}})
            progress(done, len(days))
            await asyncio.sleep(_PAUSE_SECONDS)
        await self._state.update_one({"_id": "daily"}, {"$set": {"as_of": watermark}})
        return RollupReport(days=done, as_of=watermark)

    async def _compute_day(self, day: datetime, hidden: list[str]) -> None:
        moment = now()
        for collection, pipeline in FACTS.items():
            await self._documents.messages.aggregate(pipeline(day, hidden, moment))
            # What the day does not have any more.
            await self._documents.database[collection].delete_many({"day": day, "computed_at": {"$ne": moment}})
