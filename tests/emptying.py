"""Empties a used database for the next test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pymongo.errors import OperationFailure

from threadkeep.documents.binding import TEMPLATES
from threadkeep.documents.collections import collection_of, indexes_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymongo.database import Database

_TEMPLATES = {collection_of(template): template for template in TEMPLATES}
_FIRST, *_OTHERS = _TEMPLATES
_MANY = 40
"""The embedded server deletes about one document per millisecond, and creates a collection again in less than 40 ms."""
_NAMESPACE_EXISTS = 48


def empty(database: Database[dict[str, Any]], **kept: Any) -> None:
    """Remove all documents, except those that `kept` selects: a filter for each collection name."""
    for name, count in _collections_with_documents(database):
        if count < _MANY or name in kept:
            database[name].delete_many(kept.get(name, {}))
        else:
            _recreate(database, name)


def _collections_with_documents(database: Database[dict[str, Any]]) -> Iterator[tuple[str, int]]:
    """Yield each collection that has documents, with the number of documents, at most `_MANY`.

    One command reads all collections. One command for each collection took half the time of a short test.
    """
    others = [{"$unionWith": {"coll": name, "pipeline": _count_stages(name)}} for name in _OTHERS]
    return ((row["_id"], row["count"]) for row in database[_FIRST].aggregate([*_count_stages(_FIRST), *others]))


def _count_stages(name: str) -> list[dict[str, Any]]:
    return [{"$limit": _MANY}, {"$group": {"_id": {"$literal": name}, "count": {"$sum": 1}}}]


def _recreate(database: Database[dict[str, Any]], name: str) -> None:
    """Drop the collection and create it with the same options and indexes."""
    (found,) = database.list_collections(filter={"name": name})
    database.drop_collection(name)
    try:
        database.create_collection(name, check_exists=False, **found["options"])
    except OperationFailure as error:  # a running service wrote to the collection in the meantime
        if error.code != _NAMESPACE_EXISTS:
            raise
        database.command("collMod", name, **found["options"])
    if indexes := indexes_of(_TEMPLATES[name]):
        database[name].create_indexes(list(indexes))
