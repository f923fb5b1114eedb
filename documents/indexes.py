"""Compares the indexes of a database with the indexes that the documents declare."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pymongo.errors import OperationFailure

from ..errors import StartupError, Unavailable
from ..log_events import log_events
from .collections import collection_of, indexes_of
from .error_classification import is_transient, meaning_of
from .error_codes import Meaning

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from beanie import Document
    from pymongo import IndexModel
    from pymongo.asynchronous.database import AsyncDatabase

    Database = AsyncDatabase[dict[str, Any]]

_log = log_events(__name__)

_NAMESPACE_NOT_FOUND = 26
_MOST_NAMED = 5
_FILTER = "partialFilterExpression"


@dataclass(frozen=True, slots=True)
class MissingIndex:
    """An index is missing."""

    collection: str
    index: IndexModel

    @property
    def name(self) -> str:
        """`collection.index`."""
        return f"{self.collection}.{self.index.document['name']}"

    def __str__(self) -> str:
        return f"create index {self.name}"

    async def apply(self, database: Database) -> None:
        """Create the index. Reads and writes continue meanwhile. Waits for a build of the same index."""
        await database[self.collection].create_indexes([self.index])


@dataclass(frozen=True, slots=True)
class Indexes:
    """The declared indexes of one collection, by their state in the database."""

    missing: list[MissingIndex] = field(default_factory=list)
    building: list[str] = field(default_factory=list)
    """The names of indexes that the server is building now, each as `collection.index`. They refuse no duplicates yet."""
    differing: list[str] = field(default_factory=list)
    """Sentences about indexes that serve, and have other options than declared."""


async def compare_indexes(database: Database, document: type[Document]) -> Indexes:
    """The state of the declared indexes of this document. Costs one round trip."""
    collection = collection_of(document)
    found = await _stored(database, collection)
    result = Indexes()
    for index in indexes_of(document):
        wanted = index.document
        same = next((one for one in found if _serves(one, wanted)), None)
        if same is None:
            result.missing.append(MissingIndex(collection, index))
        elif "buildUUID" in same:
            result.building.append(f"{collection}.{wanted['name']}")
        elif difference := _difference(same, wanted):
            result.differing.append(f"{collection}.{wanted['name']} {difference}")
    return result


async def create_missing_indexes(
    database: Database, documents: Iterable[type[Document]], *, new: Collection[str]
) -> None:
    """Create the missing indexes of empty collections. `new` are the names of collections that were just created.

    An index on a collection with documents is never built here, because that may take hours. Raises `StartupError` if one is
    missing there, or may not be created: the order of messages and the uniqueness of keys depend on indexes. Raises
    `Unavailable` while another process builds one.
    """
    missing: list[MissingIndex] = []
    for document in filter(indexes_of, documents):
        name = collection_of(document)
        if name in new:
            missing += await _create(database, [MissingIndex(name, index) for index in indexes_of(document)])
            continue
        found = await compare_indexes(database, document)
        if found.building:
            raise Unavailable(f"The database is building the index {', '.join(found.building)}.")
        for difference in found.differing:
            _log.warning("index_differs", index=difference)
        is_empty = bool(found.missing) and await database[name].find_one({}, {"_id": 1}) is None
        missing += await _create(database, found.missing) if is_empty else found.missing
    if missing:
        names = ", ".join(index.name for index in missing[:_MOST_NAMED])
        others = f" and {len(missing) - _MOST_NAMED} more" if len(missing) > _MOST_NAMED else ""
        raise StartupError(
            f"The database lacks these indexes: {names}{others}: run `threadkeep migrate` as a user who may create them."
        )


async def _create(database: Database, indexes: list[MissingIndex]) -> list[MissingIndex]:
    """Create these indexes of one collection in one round trip. Returns them if the database user may not."""
    if not indexes:
        return []
    try:
        await database[indexes[0].collection].create_indexes([missing.index for missing in indexes])
    except OperationFailure as error:
        if meaning_of(error) is not Meaning.UNAUTHORIZED:
            raise
        return indexes
    return []


async def _stored(database: Database, collection: str) -> list[dict[str, Any]]:
    """The indexes of a collection as the server lists them. An index that it is still building has a `buildUUID`."""
    try:
        answer = await database.command({"listIndexes": collection, "includeBuildUUIDs": True, "cursor": {}})
    except NotImplementedError:  # the in-memory database of `threadkeep.testing`
        return await _listed(database, collection)
    except OperationFailure as error:
        if error.code == _NAMESPACE_NOT_FOUND:
            return []
        if is_transient(error) or meaning_of(error) is Meaning.UNAUTHORIZED:
            raise
        return await _listed(database, collection)  # the server does not know the mark
    return [{**entry.get("spec", entry), **_mark(entry)} for entry in answer["cursor"]["firstBatch"]]


def _mark(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {"buildUUID": entry["buildUUID"]} if "buildUUID" in entry else {}


async def _listed(database: Database, collection: str) -> list[dict[str, Any]]:
    found = await database[collection].index_information()
    return [{**index, "key": dict(index["key"]), "name": name} for name, index in found.items()]


def _serves(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether the found index serves as the wanted one: equal keys and uniqueness, and the same name or the same filter."""
    if [*found["key"].items()] != [*wanted["key"].items()] or bool(found.get("unique")) != bool(wanted.get("unique")):
        return False
    return found["name"] == wanted["name"] or found.get(_FILTER) == wanted.get(_FILTER)


def _difference(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> str | None:
    if found["name"] != wanted["name"]:
        return f"is called {found['name']}"
    for option in (_FILTER, "expireAfterSeconds"):
        if found.get(option) != wanted.get(option):
            return f"has {option} {found.get(option)} instead of {wanted.get(option)}"
    return None
