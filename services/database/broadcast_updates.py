"""Updates and deletions of all documents that match, also on several shards and of any size.

A sharded cluster does not synchronise such an update with the migration of chunks. A document that moves meanwhile may be
updated not at all, or more than once (SERVER-20361). So an update must not match documents that it has changed already. It is
repeated until it finds none.

The embedded server would load all these documents at once. It works on a part of them, so the repetition does the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...documents import IN_PARTS
from .tries import Tries

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pymongo.asynchronous.collection import AsyncCollection


async def update_until_none_matches(
    collection: AsyncCollection[Any], where: Mapping[str, Any], update: Mapping[str, Any] | Sequence[Mapping[str, Any]]
) -> int:
    """Update all documents that match, and return how many were changed. A changed document must not match any more."""
    changed = 0
    tries = Tries()
    while (result := await collection.update_many(where, update, **IN_PARTS)).matched_count:
        changed += result.modified_count
        if not result.modified_count:
            tries.begin()
    return changed


async def delete_until_none_matches(collection: AsyncCollection[Any], where: Mapping[str, Any]) -> int:
    """Delete all documents that match, and return how many they were."""
    deleted = 0
    while count := (await collection.delete_many(where, **IN_PARTS)).deleted_count:
        deleted += count
    return deleted
