"""Gives threads of older versions their preview."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pymongo import UpdateOne

from ...documents import NEWEST, Upgrade
from ..appends import PREVIEW_FIELDS, newest_preview_of, stored_preview
from ..deletion import outside, ranges_of

if TYPE_CHECKING:
    from pymongo.asynchronous.collection import AsyncCollection

_LOOKED_AT = 72
"""The newest numbers of a thread at which the upgrade looks, like a refresh of a preview."""


@dataclass(frozen=True, slots=True)
class PreviewUpgrade(Upgrade):
    """Brings threads to `version` with a preview of their messages.

    A thread is changed only if it has the newest number and the revision that were read. The next run finds the others again.
    """

    update: list[dict[str, Any]] = field(default_factory=list)

    async def apply(self, collection: AsyncCollection[Any], documents: dict[str, Any]) -> int:
        """Upgrade the threads that match. Returns how many were changed."""
        fields = {"last_seq": 1, "revision": 1, "cuts": 1, "deleted_at": 1, "last_message": 1}
        threads = await collection.find({**documents, **self.outdated}, fields, sort=[("_id", 1)]).to_list()
        updates = [await self._update(collection, thread) for thread in threads]
        return (await collection.bulk_write(updates, ordered=False)).modified_count if updates else 0

    async def _update(self, collection: AsyncCollection[Any], thread: dict[str, Any]) -> UpdateOne:
        unchanged = {name: thread.get(name) for name in ("_id", "last_seq", "revision")}
        fields: dict[str, Any] = {"schema_version": self.version}
        if thread.get("deleted_at") is None and thread.get("last_seq") and not thread.get("last_message"):
            preview = await _preview(collection, thread)
            fields["last_message"] = stored_preview(preview, thread["last_seq"])
        return UpdateOne({**unchanged, **self.outdated}, {"$set": fields})


async def _preview(collection: AsyncCollection[Any], thread: dict[str, Any]) -> dict[str, Any] | None:
    low = max(0, thread["last_seq"] - _LOOKED_AT)
    window = {"thread_id": thread["_id"], "seq": {"$gt": low, "$lte": NEWEST}, "batch": None}
    messages = collection.database["messages"]
    rows: list[Any] = await messages.find(window, PREVIEW_FIELDS).sort("seq", 1).to_list()
    return newest_preview_of(outside(rows, ranges_of(thread)))
