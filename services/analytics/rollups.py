"""Rollups: compute the daily facts again for each day that changed, and only for those days (decision 0012).

One process at a time computes, held by a lease. A run has these steps:

1. Find the days that changed since the last run, and the days that may still change without evidence.
2. In one write, store these days in `pending`, and the time up to which changes were searched for.
3. Compute the pending days in blocks of consecutive days, write the rows that changed, and remove the days from `pending`.

A run that is killed leaves its days in `pending`, and the next run computes them.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pymongo
from pymongo.errors import PyMongoError

from ...clock import EPOCH, now
from ...documents import DELETED_THREAD_KEPT_SECONDS
from ...errors import DatabaseRefused, Unavailable
from ...log_events import log_events
from ...records import RollupReport
from ..database import code_of_cause, translates_driver_errors
from ..maintenance import Leaseholder
from .changed_days import all_days, changed_days, hidden_threads, unsettled_days
from .computed_days import ComputedDays
from .pipelines import VERSION, day_after

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from pymongo.asynchronous.client_session import AsyncClientSession

    from ...documents import Documents

    Progress = Callable[[int, int], None]
    """Is called with the number of days that are done, and the number of all days."""

_log = log_events(__name__)

LOOK_BACK = timedelta(minutes=10)
"""No write takes this long, and no two clocks are this far apart."""
_LEASE_SECONDS = 300
_PAUSE_SECONDS = 0.01
_MANY_DAYS = 7
"""If there are more days than this, the length of the first block is estimated from the mean number of messages of a day.

Else the first block has one day, because some servers read all messages to count them."""
_EVIDENCE_KEPT = timedelta(seconds=DELETED_THREAD_KEPT_SECONDS) - timedelta(days=1)
"""If the last run is longer ago, a run computes all days, because the tombstones of older deletions are removed."""


def _ignore_progress(_done: int, _total: int) -> None:
    pass


class Rollups:
    """Computes the daily facts of one database."""

    def __init__(
        self,
        documents: Documents,
        *,
        look_back: timedelta = LOOK_BACK,
        version: int = VERSION,
        messages_at_once: int = 10_000,
    ) -> None:
        """Facts of another `version` are computed again. `look_back` is how far before the last run changes are sought.

        A block of days has at least one day, and about `messages_at_once` messages, as estimated from the block before.
        """
        self._messages_at_once = messages_at_once
        self._documents = documents
        self._look_back = look_back
        self._version = version
        self._state = documents.database["rollups"]
        self._lease = Leaseholder(documents, "rollups", seconds=_LEASE_SECONDS)

    async def run_periodically(self, every_seconds: float) -> None:
        """Update the facts now and then every `every_seconds`, until cancelled, or if the server cannot compute them."""
        while True:
            try:
                await self.run()
            except DatabaseRefused as error:  # no round will succeed
                _log.warning("part_not_supported", part="daily facts", code=code_of_cause(error))
                return
            except (Unavailable, PyMongoError) as error:  # the next round tries again
                _log.warning("rollups_postponed", error=type(error).__name__)
            await asyncio.sleep(every_seconds)

    @translates_driver_errors
    async def run(self, progress: Progress = _ignore_progress) -> RollupReport | None:
        """Update the facts. Returns None if another process is computing them.

        The cost depends on the days that changed. A run may be killed anywhere; the next one computes the remaining days.
        """
        return await self._run_with_lease(EPOCH, progress, everything=False)

    async def wait_and_run(
        self, progress: Progress = _ignore_progress, *, ask_again_seconds: float = 1
    ) -> RollupReport:
        """Update the facts. If another process computes them, wait until it has ended."""
        while (report := await self.run(progress)) is None:  # noqa: ASYNC110 - another process would have to set the event
            await asyncio.sleep(ask_again_seconds)
        return report

    @translates_driver_errors
    async def rebuild(self, since: datetime = EPOCH, progress: Progress = _ignore_progress) -> RollupReport | None:
        """Compute the facts of all days since `since` again. Returns None if another process is computing facts."""
        return await self._run_with_lease(since, progress, everything=True)

    @translates_driver_errors
    async def as_of(self, session: AsyncClientSession | None = None) -> datetime | None:
        """The time up to which all changes are in the facts. None if they were never computed completely.

        Later reads in the same session include the facts up to this time, also on a secondary that lags.
        """
        state = await self._state.find_one({"_id": "daily"}, session=session)
        return None if state is None else state.get("as_of")

    async def _run_with_lease(self, since: datetime, progress: Progress, *, everything: bool) -> RollupReport | None:
        if await self._lease.take() is None:
            return None
        try:
            with pymongo.timeout(_LEASE_SECONDS):
                hidden = await hidden_threads(self._documents)
                watermark = await self._find_outdated_days(hidden, since, everything=everything)
            return await self._compute(hidden, watermark, progress)
        finally:
            await self._lease.release()

    async def _find_outdated_days(self, hidden: list[str], since: datetime, *, everything: bool) -> datetime:
        """Find the days to compute, and store them with the time of the search in one write. Returns that time.

        With `everything`, these are all days since `since`.
        """
        moment = now()
        state: dict[str, Any] = await self._state.find_one({"_id": "daily"}) or {"version": 0, "carried": []}
        unsettled = await unsettled_days(self._documents, hidden)
        days = unsettled.union(state["carried"])
        known = state["version"] == self._version and moment - state["watermark"] < _EVIDENCE_KEPT
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
        first = await self._days_at_once(len(days))
        done, longest = 0, first
        while done < len(days):
            block = _consecutive(days[done : done + longest])
            with pymongo.timeout(_LEASE_SECONDS):  # a day with many messages takes longer than the usual timeout
                messages = await ComputedDays(self._documents, block, hidden).update()
            if not await self._lease.renew():
                # Another process took the lease meanwhile. Both may have written these days, so they are computed again.
                await self._state.update_one({"_id": "daily"}, {"$addToSet": {"pending": {"$each": block}}})
                raise Unavailable("The daily facts took too long to compute.")
            await self._state.update_one({"_id": "daily"}, {"$pull": {"pending": {"$in": block}}})
            done += len(block)
            longest = max(1, min(max(first, done), self._messages_at_once * len(block) // max(1, messages)))
            progress(done, len(days))
            await asyncio.sleep(_PAUSE_SECONDS)
        await self._state.update_one({"_id": "daily"}, {"$set": {"as_of": watermark}})
        return RollupReport(days=done, as_of=watermark)

    async def _days_at_once(self, days: int) -> int:
        """The number of days in the first block of `days` days."""
        if days <= _MANY_DAYS:
            return 1
        stored = await self._documents.messages.estimated_document_count()
        return max(1, days * self._messages_at_once // max(1, stored))


def _consecutive(days: list[datetime]) -> list[datetime]:
    """The first days of the list that follow each other without a gap."""
    gap = next((index for index, (day, following) in enumerate(pairwise(days), 1) if following != day_after(day)), None)
    return days[:gap]
