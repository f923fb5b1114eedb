"""Requests that may be sent again: done once, answered the same again.

A request with an idempotency key leaves a claim before anything is done. The claim holds a random seed from which the ids of
all that the request makes are derived, so that doing it again, after a crash or an answer that was lost, finds what is
there instead of making it twice. The answer is then kept for a day.
"""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pymongo.errors import DuplicateKeyError, PyMongoError

from ...clock import epoch_milliseconds, now
from ...errors import IdempotencyMismatch, StillRunning
from ...ids import new_id
from ..caller import RequestIds
from ..driver_errors import translates_driver_errors

if TYPE_CHECKING:
    from ...documents import Documents, IdempotencyKey
    from ..caller import Caller

LOCK = timedelta(seconds=2)
"""After this long a claim without an answer is taken over: its process was killed, or it would have renewed it.

Short enough for a client's retries to outlast it. Two processes that work on one claim make the same things, once.
"""
_RENEWED_SECONDS = 0.5
LARGEST_KEPT = 12 * 1024 * 1024
"""Bytes of an answer; a larger one is made again for a repetition."""


class Claims:
    """The claims of one process."""

    def __init__(self, documents: Documents) -> None:
        self._claims = documents.idempotency_keys
        self._holder = new_id("process")
        self._running: dict[str, bool] = {}
        """The claims that are worked on, and whether they were taken over."""

    async def renew(self) -> None:
        """Keep the claims that are worked on from being taken over, until cancelled."""
        claims = self._claims.get_pymongo_collection()
        known = set[str]()
        while True:
            await asyncio.sleep(_RENEWED_SECONDS)
            lasting = known.intersection(self._running)
            known = set(self._running)
            if lasting:
                ours = {"_id": {"$in": list(lasting)}, "holder": self._holder, "status": None}
                with suppress(PyMongoError):  # whoever takes over now does no harm
                    await claims.update_many(ours, {"$set": {"locked_until": now() + LOCK}})

    @translates_driver_errors
    async def claim(self, caller: Caller, key: bytes, request: bytes) -> IdempotencyKey:
        """The claim for this key of this caller: with the answer if there is one, else it is ours to do now.

        Raises `IdempotencyMismatch` if the key came with another request, and `StillRunning`.
        """
        claim = self._claims(
            id=_digest(f"{caller.scope}/{caller.key_id or caller.user_id or ''}/".encode(), key),
            request=_digest(request),
            seed=new_id("seed"),
            holder=self._holder,
            locked_until=now() + LOCK,
            created_at=now(),
        )
        again = False
        try:
            await claim.insert()
        except DuplicateKeyError:
            claim, again = await self._take_over(claim), True
        if claim.status is None:
            self._running[claim.id] = again
        return claim

    def ids_of(self, claim: IdempotencyKey) -> RequestIds:
        """What everything that the request makes gets its ids from."""
        clock = epoch_milliseconds(claim.created_at)
        return RequestIds(claim.seed, clock, is_retry=self._running.get(claim.id, True))

    async def _take_over(self, claim: IdempotencyKey) -> IdempotencyKey:
        found = await self._claims.get(claim.id)
        if found is None:  # it expired just now
            raise StillRunning
        if found.request != claim.request:
            raise IdempotencyMismatch
        if found.status is not None:
            return found
        abandoned = found.locked_until < now() or (found.holder == self._holder and found.id not in self._running)
        if not abandoned:
            raise StillRunning
        taken = await self._claims.get_pymongo_collection().update_one(
            {"_id": found.id, "status": None, "holder": found.holder, "locked_until": found.locked_until},
            {"$set": {"holder": claim.holder, "locked_until": claim.locked_until}},
        )
        if not taken.matched_count:
            raise StillRunning
        return found

    @translates_driver_errors
    async def keep_answer(
        self, claim: IdempotencyKey, status: int, body: bytes, headers: list[tuple[bytes, bytes]]
    ) -> None:
        """Remember what the request was answered."""
        answer: dict[str, Any] = {"status": status, "body": body, "headers": [list(pair) for pair in headers]}
        if len(body) > LARGEST_KEPT:
            answer = {"locked_until": now()}
        await self._claims.get_pymongo_collection().update_one({"_id": claim.id}, {"$set": answer})

    @translates_driver_errors
    async def release(self, claim: IdempotencyKey) -> None:
        """Nothing was done: the key may be used again, for another request as well."""
        await self._claims.get_pymongo_collection().delete_one(
            {"_id": claim.id, "holder": self._holder, "status": None}
        )

    def leave(self, claim: IdempotencyKey) -> None:
        """This process does not work on it any more."""
        self._running.pop(claim.id, None)


def _digest(*parts: bytes) -> str:
    return hashlib.sha256(b"".join(parts)).hexdigest()
