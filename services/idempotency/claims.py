"""Claims: a request with an `Idempotency-Key` does its work once, and its retries get the same answer.

1. Before the work begins, the request inserts a claim. The claim holds a random seed.
2. The ids of everything that the request creates are derived from the seed. The work may be done again, after a crash or a
   lost answer. Then it finds the objects of the first try and does not create them twice.
3. When the request is answered, its claim is marked. For one day, a retry only reads the objects that the request wrote
   (decision 0044).

While a process works on a claim, it renews the claim's lock. Another process takes the claim over when its lock has ended.
If two processes work on one claim, they create the same objects once, because both derive the same ids.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from cachetools import LRUCache
from pymongo.errors import DuplicateKeyError, PyMongoError

from ...clock import epoch_milliseconds, now
from ...errors import IdempotencyMismatch, StillRunning
from ...ids import new_id
from ..caller import RequestIds
from ..database import translates_driver_errors

if TYPE_CHECKING:
    from datetime import datetime

    from ...documents import Documents, IdempotencyKey
    from ..caller import Caller
    from ..tuning import Tuning

_MOST_WATCHED = 10_000


class Claims:
    """The claims of one process."""

    def __init__(self, documents: Documents, tuning: Tuning, *, renewal_seconds: float = 0.5) -> None:
        self._lock = timedelta(seconds=tuning.claim_lock_seconds)
        self._claims = documents.idempotency_keys
        self._renewal_seconds = renewal_seconds
        self._holder = new_id("process")
        self._running: dict[str, bool] = {}
        """The ids of the claims that this process works on, and whether each was claimed before (the request is a retry)."""
        self._watched: LRUCache[str, tuple[datetime, float]] = LRUCache(_MOST_WATCHED)
        """The locks of other processes, and when this process first saw each, by its monotonic clock."""

    async def renew(self) -> None:
        """Renew the locks of the claims that this process works on, until cancelled.

        Claims that are done within one round are never renewed.
        """
        claims = self._claims.get_pymongo_collection()
        known = set[str]()
        while True:
            await asyncio.sleep(self._renewal_seconds)
            lasting = known.intersection(self._running)
            known = set(self._running)
            if lasting:
                ours = {"_id": {"$in": list(lasting)}, "holder": self._holder, "status": None}
                with suppress(PyMongoError):  # a process that takes the claim over does no harm
                    await claims.update_many(ours, {"$set": {"locked_until": now() + self._lock}})

    @translates_driver_errors
    async def claim(self, caller: Caller, key: bytes, request: bytes) -> IdempotencyKey:
        """Claim this key for this caller and request, and return the claim.

        If the claim has a `status`, the request was answered before: it must write nothing now. Else this process must do
        the request now. Raises `IdempotencyMismatch` if the key was used for another request, and `StillRunning` if another try
        of the request is running.
        """
        claim = self._claims(
            id=_digest(f"{caller.scope}/{caller.key_id or caller.user_id or ''}/".encode(), key),
            request=_digest(request),
            seed=new_id("seed"),
            holder=self._holder,
            locked_until=now() + self._lock,
            created_at=now(),
        )
        is_retry = False
        try:
            await claim.insert()
        except DuplicateKeyError:
            claim, is_retry = await self._take_over(claim), True
        if claim.status is None:
            self._running[claim.id] = is_retry
        return claim

    def ids_of(self, claim: IdempotencyKey) -> RequestIds:
        """The source of the ids of everything that the request creates."""
        clock = epoch_milliseconds(claim.created_at)
        is_retry = self._running.get(claim.id, True)
        return RequestIds(claim.seed, clock, is_retry=is_retry, is_answered=claim.status is not None)

    async def _take_over(self, claim: IdempotencyKey) -> IdempotencyKey:
        """The stored claim with the same key, if it has an answer or can be taken over. Raises the errors of `claim`."""
        found = await self._claims.get(claim.id)
        if found is None:  # it has just expired
            raise StillRunning
        if found.request != claim.request:
            raise IdempotencyMismatch
        if found.status is not None:
            return found
        abandoned = found.locked_until < now() or (found.holder == self._holder and found.id not in self._running)
        if not abandoned and not self._has_watched(found):
            raise StillRunning
        taken = await self._claims.get_pymongo_collection().update_one(
            {"_id": found.id, "status": None, "holder": found.holder, "locked_until": found.locked_until},
            {"$set": {"holder": claim.holder, "locked_until": claim.locked_until}},
        )
        if not taken.matched_count:
            raise StillRunning
        return found

    def _has_watched(self, found: IdempotencyKey) -> bool:
        """Whether this process has seen the claim with the same lock before, for longer than a lock lasts.

        The clock of its holder may be ahead: the lock of a killed process would last for as long as the clocks differ.
        """
        seen = self._watched.get(found.id)
        if seen is None or seen[0] != found.locked_until:
            self._watched[found.id] = (found.locked_until, time.monotonic())
            return False
        return time.monotonic() - seen[1] > self._lock.total_seconds()

    @translates_driver_errors
    async def mark_answered(self, claim: IdempotencyKey, status: int) -> None:
        """Note in the claim that its request is done and was answered with this HTTP status.

        The answer is not stored: it may hold content that is deleted later.
        """
        answered = {"$set": {"status": status}}
        await self._claims.get_pymongo_collection().update_one({"_id": claim.id}, answered)

    @translates_driver_errors
    async def release(self, claim: IdempotencyKey) -> None:
        """Remove the claim of a request that did nothing. The key may then be used again, also for another request."""
        await self._claims.get_pymongo_collection().delete_one(
            {"_id": claim.id, "holder": self._holder, "status": None}
        )

    def leave(self, claim: IdempotencyKey) -> None:
        """End the work of this process on the claim. Its lock is not renewed any more."""
        self._running.pop(claim.id, None)


def _digest(*parts: bytes) -> str:
    return hashlib.sha256(b"".join(parts)).hexdigest()
