"""Keeps stored documents below MongoDB's limit of 16 MiB, also when an update makes them grow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import bson
from pymongo.errors import OperationFailure

from ...errors import TooLarge

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pymongo.asynchronous.collection import AsyncCollection

R = TypeVar("R", bound="Mapping[str, Any]")

LARGEST_DOCUMENT_BYTES = 16 * 1024 * 1024 - 64 * 1024
"""MongoDB's limit, less some room: an erasure or a deletion must always be able to change a document."""
_INTERNAL_ERROR = 1
"""The code with which the embedded server refuses a `findAndModify` whose result is too large."""


def require_room(row: Mapping[str, Any], field: str) -> None:
    """Raise `TooLarge` if the row is larger than a stored document may be. `field` is the name in the error."""
    if len(bson.encode(row)) > LARGEST_DOCUMENT_BYTES:
        raise TooLarge(field, LARGEST_DOCUMENT_BYTES)


async def find_one_and_grow(
    collection: AsyncCollection[R],
    where: dict[str, Any],
    update: dict[str, Any],
    *,
    row: R,
    field: str,
    projection: Mapping[str, Any] | None = None,
) -> R | None:
    """Update the one document that `where` finds, and return it. `row` is the document as it was read.

    Raises `TooLarge` if the update makes the document too large.
    """
    require_room(_updated(row, update), field)
    try:
        return await collection.find_one_and_update(where, update, projection, return_document=True)
    except OperationFailure as error:
        newer = await collection.find_one({"_id": row["_id"]}) if error.code == _INTERNAL_ERROR else None
        if newer is not None:  # another writer has made it larger in between
            require_room(_updated(newer, update), field)
        raise


def _updated(row: Mapping[str, Any], update: dict[str, Any]) -> dict[str, Any]:
    removed = update.get("$unset", {})
    return {**{name: value for name, value in row.items() if name not in removed}, **update["$set"]}
