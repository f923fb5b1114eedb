"""Starts what runs while a Threadkeep is open: the appends, the claims and the background tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .analytics import Rollups
from .appends import Appender
from .commits import PopWork
from .idempotency import Claims
from .import_jobs import ImportWorker
from .maintenance import Background, Sweeper
from .paging import TimeWindows
from .runtime import Runtime

if TYPE_CHECKING:
    from contextlib import AsyncExitStack

    from ..documents import Documents
    from ..settings import Limits
    from .import_jobs import RunImport
    from .revocations import Revocations
    from .tuning import Tuning


def start_runtime(
    documents: Documents,
    limits: Limits,
    exits: AsyncExitStack,
    *,
    tuning: Tuning,
    revocations: Revocations,
    transactions: bool,
    bulk_writes: bool,
) -> Runtime:
    """The runtime, with the tasks that keep its claims and its lease. `exits` closes it.

    `transactions` and `bulk_writes` say whether the server has these abilities.
    """
    background = Background()
    appender = Appender(documents, tuning, transactions=transactions, bulk_writes=bulk_writes)
    transactions_of_process = appender.sequencer.transactions
    if transactions_of_process is not None:  # closed last: appends use its lease, and a background task renews it
        exits.push_async_callback(transactions_of_process.close)
    exits.push_async_callback(background.close)
    pop_work = PopWork(documents, tuning, background.start)
    exits.push_async_callback(pop_work.close)
    exits.push_async_callback(appender.close)
    claims = Claims(documents, tuning)
    background.start(claims.renew(), "keep claims")
    if transactions_of_process is not None:
        background.start(transactions_of_process.renew(), "renew the lease of this process")
        background.start(transactions_of_process.watch(), "watch transactions")
    time_windows = TimeWindows(needed=not documents.sorts_by_index)
    return Runtime(
        documents, limits, appender, background, claims, time_windows, pop_work, tuning=tuning, revocations=revocations
    )


def start_sweeping(runtime: Runtime, run_import: RunImport, every_seconds: float) -> None:
    """Start the sweeper and the worker of imports in the background."""
    documents, background = runtime.documents, runtime.background
    sequencer, failures = runtime.appender.sequencer, background.failures
    sweeper = Sweeper(documents, sequencer, every_seconds=every_seconds, failures=failures)
    background.start(sweeper.run(), "sweeper")
    worker = ImportWorker(runtime, run_import, every_seconds=every_seconds, failures=failures)
    background.start(worker.run(), "imports")


def start_rollups(runtime: Runtime, every_seconds: float) -> None:
    """Start the task that updates the daily facts of analytics."""
    runtime.background.start(Rollups(runtime.documents).run_periodically(every_seconds), "rollups")
