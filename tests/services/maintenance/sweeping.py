"""Sweeps as a process of its own does, and lets the time pass that it waits for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from threadkeep.services import Sweeper
from threadkeep.tests.waiting import until

if TYPE_CHECKING:
    from threadkeep.documents import Documents
    from threadkeep.keep import Threadkeep


def new_sweeper(keep: Threadkeep) -> Sweeper:
    """What sweeps in a process of its own."""
    return Sweeper(keep.runtime.documents, keep.runtime.appender.sequencer, every_seconds=0.01)


async def sweep(keep: Threadkeep) -> None:
    """Sweep once."""
    await until(new_sweeper(keep).sweep)  # within one millisecond the lease of the last one is not over


async def make_everything_older(documents: Documents) -> None:
    """Let twenty minutes pass."""
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
    """How many there are in each of these collections."""
    return [await documents.database[name].count_documents({}) for name in names]


async def is_placeholder(documents: Documents) -> bool:
    """Whether no thread and no message is left, not even one that is marked as deleted."""
    return await counts(documents, "threads", "messages") == [0, 0]
