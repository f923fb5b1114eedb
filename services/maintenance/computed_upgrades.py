"""Upgrades whose new values are computed in Python: no expression of MongoDB makes hashes, or folds the case of all letters."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pymongo import UpdateOne
from pymongo.errors import BulkWriteError

from ...documents import UPGRADES, Upgrade
from ...inputs import with_email_key
from ..database import rows_refused_as_taken
from ..metadata_index import fingerprints
from .preview_upgrade import PreviewUpgrade

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pymongo.asynchronous.collection import AsyncCollection


_MOST_NAMED = 20
_SAME_ADDRESS = (
    "left: user {0} has the e-mail address of user {1}, in another case. Both are found by the address as it was sent. "
    "Change or remove one of the two addresses, and run `threadkeep migrate` again"
)


@dataclass(frozen=True, slots=True)
class ComputedUpgrade(Upgrade):
    """Brings the documents of a collection to `version`, with fields that `compute` makes of `reads`.

    A document is changed only if `guard` has the value that was read. So no concurrent write is lost: the next run finds the
    document again.
    """

    update: list[dict[str, Any]] = field(default_factory=list)
    reads: tuple[str, ...] = ()
    guard: str = ""
    compute: Callable[[Mapping[str, Any]], dict[str, Any]] = dict
    conflict: str = ""
    """The line for a document whose computed values another one has: the fault and the remedy. `{0}` and `{1}` are their ids."""

    async def apply(self, collection: AsyncCollection[Any], documents: dict[str, Any]) -> int:
        """Upgrade the documents that match. A document whose new value another one has in a unique index stays as it is."""
        fields = dict.fromkeys((*self.reads, self.guard), 1)
        found = await collection.find({**documents, **self.outdated}, fields, sort=[("_id", 1)]).to_list()
        updates = [
            UpdateOne(
                {"_id": row["_id"], self.guard: row.get(self.guard), **self.outdated},
                {"$set": {**self.compute(row), "schema_version": self.version}},
            )
            for row in found
        ]
        if not updates:
            return 0
        try:
            return (await collection.bulk_write(updates, ordered=False)).modified_count
        except BulkWriteError as error:
            rows_refused_as_taken(error)
            return int(error.details["nModified"])

    async def conflicts(self, collection: AsyncCollection[Any]) -> list[str]:
        """One line for each document whose computed values another one has. At most 20 are named."""
        lines = []
        total = await collection.count_documents(self.outdated)
        async for row in collection.find(
            self.outdated, dict.fromkeys(self.reads, 1), sort=[("_id", 1)], limit=_MOST_NAMED
        ):
            holder = await collection.find_one({**self.compute(row), "_id": {"$ne": row["_id"]}}, {"_id": 1})
            if holder is not None:
                lines.append(self.conflict.format(row["_id"], holder["_id"]))
        return [*lines, f"{total - _MOST_NAMED:,} more {self.collection}"] if total > _MOST_NAMED else lines


def _fingerprints(thread: Mapping[str, Any]) -> dict[str, Any]:
    return {"meta_data_index": fingerprints(thread.get("meta_data") or {})}


def _email_key(user: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in with_email_key({"email": user.get("email")}).items() if name == "email_key"}


ALL_UPGRADES: tuple[Upgrade, ...] = (
    *UPGRADES,
    # Before version 2, a large whole number had another fingerprint if it was written with a fraction or an exponent.
    ComputedUpgrade("threads", 2, reads=("meta_data",), guard="revision", compute=_fingerprints),
    # Before version 2, an address was unique and found only in the case in which it was sent.
    ComputedUpgrade("users", 2, reads=("email",), guard="email", compute=_email_key, conflict=_SAME_ADDRESS),
    # Before version 3, threads had no preview of their newest message.
    PreviewUpgrade("threads", 3),
)
"""All upgrades, in the order of their versions."""
