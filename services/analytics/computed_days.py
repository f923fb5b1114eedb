"""Computes the daily facts of consecutive days, and writes the rows that changed (decision 0059)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pymongo import DeleteOne, InsertOne, ReplaceOne
from pymongo.errors import BulkWriteError

from ...clock import now
from ..database import rows_refused_as_taken
from .daily_facts import daily_facts
from .pipelines import contributions, day_after

if TYPE_CHECKING:
    from datetime import datetime

    from ...documents import Documents
    from .daily_facts import Row, Rows

_IDS_AT_ONCE = 100
"""The embedded server needs a time that grows with the square of this number."""
_TRIES = 5


class ComputedDays:
    """The daily facts of consecutive days, without the messages of the threads in `hidden`."""

    def __init__(self, documents: Documents, days: list[datetime], hidden: list[str]) -> None:
        self._documents = documents
        self._since, self._until = days[0], day_after(days[-1])
        self._hidden = hidden

    async def update(self) -> int:
        """Compute the facts and write the rows that changed. Returns the number of messages."""
        written = await self._contributions()
        owners = await self._owners(sorted({row["_id"]["thread_id"] for row in written}))
        for collection, rows in daily_facts(written, owners).items():
            await self._write(collection, rows)
        return sum(row["messages"] for row in written)

    async def _contributions(self) -> list[Row]:
        pipeline = contributions(self._since, self._until, self._hidden)
        async with await self._documents.messages.aggregate(pipeline, allowDiskUse=True) as cursor:
            rows: list[Any] = await cursor.to_list()
            return rows

    async def _owners(self, thread_ids: list[str]) -> dict[str, str | None]:
        """The owners of the threads that are visible."""
        owners: dict[str, str | None] = {}
        for start in range(0, len(thread_ids), _IDS_AT_ONCE):
            visible = {"_id": {"$in": thread_ids[start : start + _IDS_AT_ONCE]}, "deleted_at": None}
            owners |= {
                row["_id"]: row["owner_id"] async for row in self._documents.threads.find(visible, {"owner_id": 1})
            }
        return owners

    async def _write(self, collection: str, rows: Rows) -> None:
        """Write the rows that changed.

        Another process may compute the same days if this one has lost its lease. Then both may insert the same row, and the
        second one compares again.
        """
        for _ in range(_TRIES):
            changes = await self._changes(collection, rows)
            if not changes:
                return
            try:
                await self._documents.database[collection].bulk_write(changes, ordered=False)
            except BulkWriteError as error:
                rows_refused_as_taken(error)
            else:
                return

    async def _changes(self, collection: str, rows: Rows) -> list[Any]:
        """The writes that turn the stored rows of these days into `rows`. Deletions are last, so that no day is empty."""
        moment = now()
        stored: Rows = {}
        days = {"day": {"$gte": self._since, "$lt": self._until}}
        async for row in self._documents.database[collection].find(days, {"computed_at": 0}):
            stored[row["_id"]] = row
        new = [InsertOne({**row, "computed_at": moment}) for key, row in rows.items() if key not in stored]
        changed = [
            ReplaceOne({"_id": key}, {**row, "computed_at": moment})
            for key, row in rows.items()
            if key in stored and stored[key] != row
        ]
        return [*new, *changed, *(DeleteOne({"_id": key}) for key in stored.keys() - rows.keys())]
