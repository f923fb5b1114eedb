"""Runs sweeps as another process does, and moves the times of documents into the past."""

from __future__ import annotations

from typing import TYPE_CHECKING

from threadkeep.services import Sweeper
from threadkeep.tests.waiting import until

if TYPE_CHECKING:
    from threadkeep.documents import Documents
    from threadkeep.keep import Threadkeep


def new_sweeper(keep: Threadkeep, *, lease_seconds: float = 60) -> Sweeper:
    """Return a sweeper as another process would have it."""
    runtime = keep.runtime
    return Sweeper(runtime.documents, runtime.appender.sequencer, every_seconds=0.01, lease_seconds=lease_seconds)


async def sweep(keep: Threadkeep) -> None:
    """Run one sweep."""
    await until(new_sweeper(keep).sweep)  # the lease of the previous sweep may last to the end of this millisecond


async def make_everything_older(documents: Documents) -> None:
    """Move all times 20 minutes into the past."""
    for name, fields in {
        "threads": ("created_at", "deleted_at"),
        "messages": ("created_at", "updated_at"),
        "deleted_messages": ("deleted_at",),
        "deleted_threads": ("deleted_at",),
    }.items():
        for field in fields:
            await documents.database[name].update_many(
                {field: {"$type": "date"}}, [{"$set": {field: {"$subtract": [f"${field}", 20 * 60 * 1000]}}}]
            )


async def counts(documents: Documents, *names: str) -> list[int]:
    """Return the number of documents in each of these collections."""
    return [await documents.database[name].count_documents({}) for name in names]


async def is_empty(documents: Documents) -> bool:
    """Return whether no thread and no message is stored, not even one marked as deleted."""
    return await counts(documents, "threads", "messages") == [0, 0]
