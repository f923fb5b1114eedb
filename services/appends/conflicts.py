"""Names the entry of a batch that cannot be stored, and says why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import IdTaken, PartlyStored

if TYPE_CHECKING:
    from ...documents import MessageRow
    from ..database import TakenKey


def taken_entry(rows: list[MessageRow], known: list[MessageRow | None], key: TakenKey) -> IdTaken:
    """The error for rows of which a later one is stored (in `known`) and an earlier one is not. Else it names the taken key."""
    missing = next((index for index, row in enumerate(known) if row is None), len(known))
    for entry, row in enumerate(known):
        if row is not None and entry > missing:
            return IdTaken.in_batch(row.get("client_id", row["_id"]), entry=entry, seq=row["seq"], missing=missing)
    keys = [row["client_id"] for row in rows if "client_id" in row and "client_id" in key]
    return IdTaken([*keys, rows[0]["_id"]][0])


def partly_stored(stored: list[MessageRow], newest: int) -> PartlyStored:
    """The error of a batch whose first messages are `stored`, but not as the newest messages in the order of the batch."""
    numbers = [row["seq"] for row in stored]
    first, last = numbers[0], numbers[-1]
    why = f"another message came after them (the thread ends with number {newest})"
    if numbers != [*range(first, last + 1)]:
        why = f"they do not follow one another in this order (their numbers are {first} to {last})"
    return PartlyStored(str(stored[-1].get("client_id")), len(stored), why)
