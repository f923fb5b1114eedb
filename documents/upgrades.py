"""Upgrades of documents that an older version wrote: one `Upgrade` for each version of each collection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .item_upgrade import item_upgrade
from .message import Message
from .optional_key import OMITTED
from .thread import Thread
from .user import User

if TYPE_CHECKING:
    from beanie import Document
    from pymongo.asynchronous.collection import AsyncCollection

_MOST_TIMES = 100


@dataclass(frozen=True, slots=True)
class Upgrade:
    """Brings the documents of a collection to `version`.

    The stages of `update` run in the server, on one document at a time. So concurrent writes are not lost, and documents
    that already have the version are not changed.
    """

    collection: str
    version: int
    update: list[dict[str, Any]]

    @property
    def outdated(self) -> dict[str, Any]:
        """The filter for documents below `version`."""
        return {"schema_version": {"$not": {"$gte": self.version}}}

    async def apply(self, collection: AsyncCollection[Any], documents: dict[str, Any]) -> int:
        """Upgrade the documents that match the filter `documents`. Returns how many were changed.

        The update is repeated until it finds nothing. In a sharded cluster it misses documents that move meanwhile.
        """
        changed = 0
        for _ in range(_MOST_TIMES):
            result = await collection.update_many({**documents, **self.outdated}, self.update)
            changed += result.modified_count
            if not result.matched_count:
                break
        return changed

    async def conflicts(self, _collection: AsyncCollection[Any]) -> list[str]:
        """One line for each document that could not be upgraded, because it conflicts with another one."""
        return []

    def __str__(self) -> str:
        return f"{self.collection} to schema version {self.version}"


def fill_missing(document: type[Document], version: int) -> Upgrade:
    """An upgrade that adds missing keys with the defaults of the document class. Existing values stay."""
    defaults = {
        name: field.get_default(call_default_factory=True)
        for name, field in document.model_fields.items()
        if not field.is_required() and OMITTED not in field.metadata and not field.exclude
    }
    filled = {"$mergeObjects": [{"$literal": defaults}, "$$ROOT", {"schema_version": version}]}
    return Upgrade(str(document.Settings.name), version, [{"$replaceWith": filled}])


UPGRADES = (
    # Before version 1, programs left out keys whose value was null, empty or 0.
    fill_missing(User, 1),
    fill_missing(Thread, 1),
    fill_missing(Message, 1),
    # Before version 2, items were not counted as tool calls, and the outputs of functions stood in two fields.
    Upgrade("messages", 2, item_upgrade()),
)
"""All upgrades, in the order of their versions."""
