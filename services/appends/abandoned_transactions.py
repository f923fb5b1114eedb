"""Ends transactions that nobody will end: of dead processes, and of this process if their abort did not reach the server.

The clocks of processes may differ by any time, so no clock of another process counts. A process is dead if this process
has seen its lease unchanged for some seconds of its own monotonic clock. Only seconds count in which this process could
read the leases again and again: if the database was away, no process could renew its lease.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bson.binary import UUID_SUBTYPE, Binary
from pymongo.errors import OperationFailure

from ...documents import code_of, is_transient
from ...log_events import log_events
from .process_lease import PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from ...documents import Documents
    from ..tuning import Tuning

_log = log_events(__name__)


@dataclass(frozen=True, slots=True)
class Sighting:
    """The value of a lease that a process changes with each renewal, and since when this process has seen it."""

    until: datetime
    since: float


class AbandonedTransactions:
    """Ends the transactions of other processes that are dead, and doubtful ones of this process."""

    def __init__(
        self,
        documents: Documents,
        tuning: Tuning,
        *,
        own: str,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`own` is the lease of this process. Its sessions are never ended here, unless they are doubtful."""
        self._monotonic = monotonic
        self._client = documents.database.client
        self._leases = documents.leases.get_pymongo_collection()
        self._others: dict[str, Any] = {"_id": {"$gt": f"{PREFIX}_", "$lt": f"{PREFIX}`", "$ne": own}}
        self._alive_seconds = tuning.process_alive_seconds
        self._longest_gap = tuning.process_alive_seconds / 2
        self._looked_at = float("-inf")
        self._sightings: dict[str, Sighting] = {}
        self._may_kill = True
        self.doubtful_sessions = set[bytes]()
        """Sessions of this process that it does not use any more, and whose last transaction may still be open."""

    async def end_doubtful(self) -> list[bytes]:
        """End the doubtful sessions. Returns the ids of the ended sessions."""
        ended = list(self.doubtful_sessions)
        if ended:
            await self._kill(ended)
            self.doubtful_sessions.difference_update(ended)
        return ended

    async def end_those_of_dead_processes(self) -> None:
        """End the sessions of processes whose leases did not change for some seconds, and remove their leases."""
        for lease in await self._unchanged_leases():
            await self._kill([bytes(session_id) for session_id in lease.get("sessions", ())])
            await self._leases.delete_one({"_id": lease["_id"], "until": lease["until"]})

    async def _unchanged_leases(self) -> list[dict[str, Any]]:
        began = self._monotonic()
        if began - self._looked_at > self._longest_gap:
            self._sightings.clear()
        leases = await self._leases.find(self._others).to_list()
        looked = self._monotonic()
        self._looked_at = looked
        known = self._sightings
        self._sightings = {}
        for lease in leases:
            before = known.get(lease["_id"])
            is_same = before is not None and before.until == lease["until"]
            self._sightings[lease["_id"]] = before if before and is_same else Sighting(lease["until"], looked)
        return [lease for lease in leases if began - self._sightings[lease["_id"]].since >= self._alive_seconds]

    async def _kill(self, session_ids: Iterable[bytes]) -> None:
        """End these sessions, if the server lets this user do so. Else it ends their transactions after a minute."""
        for session_id in session_ids:
            if not self._may_kill:
                return
            try:
                await self._client.admin.command("killSessions", [{"id": Binary(session_id, UUID_SUBTYPE)}])
            except OperationFailure as error:
                if is_transient(error):
                    raise
                self._may_kill = False
                _log.warning("sessions_cannot_be_killed", code=code_of(error), effect="threads may wait a minute")
