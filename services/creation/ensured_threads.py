"""Threads by their external ids.

A thread with an external id is created in these steps:

1. Insert the thread with its messages, invisible (`creation/threads.py`).
2. Take the external id. Of several writers, one succeeds. The others remove their invisible threads.
3. Make the thread visible.

If a process is killed between the steps 2 and 3, the next reader of the external id does step 3. If the sweeper was faster
and removed the thread, the next writer takes the external id over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..database import Tries

if TYPE_CHECKING:
    from ...documents import Documents, ThreadRow
    from ..external_ids import ExternalIdClaim


@dataclass(frozen=True, slots=True)
class Holder:
    """The thread that has an external id. `row` is None if it is deleted; `thread_id` is None if there never was one."""

    thread_id: str | None
    row: ThreadRow | None


async def holder_of(documents: Documents, claim: ExternalIdClaim) -> Holder:
    """The thread that has the external id. A thread that a killed process left complete but invisible becomes visible."""
    thread_id = await claim.target_id()
    if thread_id is None:
        return Holder(None, None)
    row = await documents.threads.find_one({"_id": thread_id})
    if row is not None and row.get("creating"):
        await reveal(documents, row)
        row = await documents.threads.find_one({"_id": thread_id})
    return Holder(thread_id, row if row is not None and row["deleted_at"] is None else None)


async def reveal(documents: Documents, row: ThreadRow) -> bool:
    """Make an unfinished thread visible whose messages are stored. Returns False if another writer took it over."""
    revealed = await documents.threads.update_one(
        {"_id": row["_id"], "creating": True, "created_at": row["created_at"]},
        {"$set": {"deleted_at": None}, "$unset": {"creating": 1}},
    )
    return revealed.matched_count == 1


async def take_external_id(documents: Documents, claim: ExternalIdClaim, thread_id: str) -> bool:
    """Take the external id for the thread. Returns False if a living thread has it."""
    tries = Tries()
    while True:
        tries.begin()
        holder = await holder_of(documents, claim)
        if holder.row is not None:
            return holder.thread_id == thread_id
        if await claim.take(thread_id, instead_of=holder.thread_id):
            return True
