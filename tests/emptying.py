"""Makes a used database ready for another test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pymongo.errors import OperationFailure

from threadkeep.documents.binding import TEMPLATES
from threadkeep.documents.schema import collection_of, indexes_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymongo.database import Database

_TEMPLATES = {collection_of(template): template for template in TEMPLATES}
_FIRST, *_OTHERS = _TEMPLATES
_MANY = 40
"""The embedded server deletes about one document in a millisecond, and makes a collection anew in less than 40 of them."""
_NAMESPACE_EXISTS = 48


def empty(database: Database[dict[str, Any]], **kept: Any) -> None:
    """Remove every document of ours, except `kept`: a filter for a collection's name."""
    for name, count in _filled(database):
        if count < _MANY or name in kept:
            database[name].delete_many(kept.get(name, {}))
        else:
            _make_anew(database, name)


def _filled(database: Database[dict[str, Any]]) -> Iterator[tuple[str, int]]:
    """The collections with documents, and how many there are, up to `_MANY`.

    This is one command for all collections. One command for each was half the time of a short test.
    """
    others = [{"$unionWith": {"coll": name, "pipeline": _look(name)}} for name in _OTHERS]
    return ((found["_id"], found["count"]) for found in database[_FIRST].aggregate([*_look(_FIRST), *others]))


def _look(name: str) -> list[dict[str, Any]]:
    return [{"$limit": _MANY}, {"$group": {"_id": {"$literal": name}, "count": {"$sum": 1}}}]


def _make_anew(database: Database[dict[str, Any]], name: str) -> None:
    """Drop the collection and create it with the same options and indexes."""
    (found,) = database.list_collections(filter={"name": name})
    database.drop_collection(name)
    try:
        database.create_collection(name, check_exists=False, **found["options"])
    except OperationFailure as error:  # a service that still runs wrote into it meanwhile
        if error.code != _NAMESPACE_EXISTS:
            raise
        database.command("collMod", name, **found["options"])
    if indexes := indexes_of(_TEMPLATES[name]):
        database[name].create_indexes(list(indexes))
