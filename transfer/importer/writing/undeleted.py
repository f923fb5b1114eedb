"""Gives messages of a file ids that no deleted message has. A message that a person deleted stays deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ....ids import next_id
from .compare import deleted_ids
from .replacement import moved_ids
from .taken_ids import with_free_ids

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from ....documents import Documents, MessageRow


async def undeleted(
    documents: Documents, thread_id: str, rows: Sequence[MessageRow], moved: AbstractSet[str] = frozenset()
) -> list[MessageRow | None]:
    """For each row, the row with an id that is free in the thread; None if a person deleted the message.

    A message that an update moved to a branch was deleted from the thread too. It gets the next id. Its own id becomes its
    `client_id`, by which the next import recognises it. `moved` are ids and client ids of messages that this update moved.
    """
    found: list[MessageRow | None] = [*rows]
    await with_free_ids(documents, [*rows])
    waiting = {row["_id"]: index for index, row in enumerate(rows)}
    while waiting:
        deleted = await deleted_ids(documents, waiting) | (waiting.keys() & moved)
        known = {name for name in deleted if not moved.isdisjoint(_names(rows[waiting[name]]))}
        known |= await moved_ids(documents, thread_id, deleted - known)
        following: dict[str, int] = {}
        for name in deleted:
            index = waiting[name]
            row = found[index] = _again(found[index]) if name in known else None
            if row is not None:
                following[row["_id"]] = index
        waiting = following
    return found


def _names(row: MessageRow) -> set[str]:
    return {row["_id"], row.get("client_id") or row["_id"]}


def _again(row: Any) -> Any:
    return {**row, "_id": next_id(row["_id"]), "client_id": row.get("client_id") or row["_id"]}
