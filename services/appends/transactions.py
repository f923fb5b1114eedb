"""Transactions that end within seconds after their process was killed.

A server keeps the transaction of a killed client open for a minute, with the message numbers that it took. During this
minute nobody could write to the thread. Leases shorten it:

1. A process keeps sessions that it uses for transactions alone. Before the first transaction in a session, it adds the
   session's id to its lease (`process_lease.py`).
2. While it lives, the process renews its lease every two seconds.
3. If other processes see a lease unchanged for six seconds, they end its sessions (`abandoned_transactions.py`).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from pymongo import timeout
from pymongo.errors import PyMongoError

from ...documents import is_transient
from ...log_events import log_events
from .abandoned_transactions import AbandonedTransactions
from .process_lease import ProcessLease

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from pymongo.asynchronous.client_session import AsyncClientSession

    from ...documents import Documents
    from ..tuning import Tuning

T = TypeVar("T")

_LONGEST_SECONDS = 30.0

_log = log_events(__name__)


class Transactions:
    """Runs the transactions of this process, and ends the transactions of killed processes."""

    def __init__(self, documents: Documents, tuning: Tuning) -> None:
        self._renewal_seconds = tuning.process_renewal_seconds
        self._client = documents.database.client
        self._write_concern = documents.database.write_concern  # the client's own may be less
        self._lease = ProcessLease(documents, tuning)
        self._abandoned = AbandonedTransactions(documents, tuning, own=self._lease.name)
        self._idle: list[AsyncClientSession] = []
        """Sessions without a transaction. The client's pool never gets them, so no other operation uses them."""

    async def run(self, work: Callable[[AsyncClientSession], Awaitable[T]]) -> T:
        """Run `work` in a transaction and return its result. The driver tries it again after temporary errors.

        The tries end after the client's timeout, or after thirty seconds if it has none. The driver's own limit is two
        minutes.
        """
        with timeout(self._client.options.timeout or _LONGEST_SECONDS):
            session = self._idle.pop() if self._idle else self._client.start_session()
            session_id = bytes(session.session_id["id"])
            try:
                await self._lease.record(session_id)
                result = await session.with_transaction(work, write_concern=self._write_concern)
            except (
                BaseException
            ) as error:  # a cancellation too: the session must not be used while its transaction is open
                if isinstance(error, Exception) and not is_transient(error):
                    self._idle.append(session)  # the server has ended the transaction
                else:  # the transaction may still be open on the server
                    self._abandoned.doubtful_sessions.add(session_id)
                raise
            self._idle.append(session)
            return result

    async def renew(self) -> None:
        """Renew the lease of this process every two seconds, until cancelled."""
        while True:
            try:
                await self._lease.renew()
            except PyMongoError as error:  # the database is unavailable: the next round tries again
                _log.info("lease_not_renewed", reason=type(error).__name__)
            await asyncio.sleep(self._renewal_seconds)

    async def watch(self) -> None:
        """End abandoned transactions every two seconds, until cancelled."""
        while True:
            try:
                self._lease.forget(await self._abandoned.end_doubtful())
                await self._abandoned.end_those_of_dead_processes()
            except PyMongoError as error:  # the database is unavailable: the next round tries again
                _log.info("transactions_not_watched", reason=type(error).__name__)
            await asyncio.sleep(self._renewal_seconds)

    async def close(self) -> None:
        """Remove the lease of this process. Call it when no transaction is open any more, and `renew` has ended."""
        await self._lease.close()
        self._idle.clear()
