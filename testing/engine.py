"""mongomock, corrected to behave like a server. It is synchronous, and takes and returns stored documents only."""

# mypy: disable-error-code="no-untyped-call, override, no-any-return"

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from bson import ObjectId
from mongomock.aggregate import process_pipeline
from mongomock.collection import Collection
from mongomock.command_cursor import CommandCursor
from mongomock.database import Database
from mongomock.filtering import BsonComparable
from mongomock.mongo_client import MongoClient
from pymongo import IndexModel, ReturnDocument
from pymongo.errors import DuplicateKeyError, OperationFailure, WriteError

from .arguments import keys
from .codec import stored
from .filters import MISSING, applies, restated
from .indexes import create_index, drop_index, has_index
from .store import ServerMemory, StoredDocuments
from .uniqueness import claim, duplicate_key
from .updates import BAD_VALUE, reduced

SERVER_VERSION = "8.0.0"
"""The reported version: the newest MongoDB whose rules about keys and indexes the engine follows."""

INVALID_ID, IMMUTABLE_FIELD = 53, 66

_STAGES: dict[str, Callable[[Any], list[dict[str, Any]]]] = {
    "$facet": lambda facets: [{"$facet": {name: _supported_stages(stages) for name, stages in facets.items()}}],
    "$match": lambda query: [{"$match": restated(query)}],
    "$unset": lambda fields: [{"$project": dict.fromkeys([fields] if isinstance(fields, str) else fields, 0)}],
    "$replaceWith": lambda root: [{"$replaceRoot": {"newRoot": root}}],
    "$sortByCount": lambda by: [{"$group": {"_id": by, "count": {"$sum": 1}}}, {"$sort": {"count": -1}}],
}
"""Stages that mongomock does not support, or runs differently from a server, as stages that it supports."""


def _supported_stages(pipeline: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        supported
        for stage in pipeline
        for name, terms in stage.items()
        for supported in (_STAGES[name](terms) if name in _STAGES else [{name: terms}])
    ]


class EngineClient(MongoClient):
    """A client with its own server in memory: clients share no data."""

    def __init__(self) -> None:
        super().__init__(_store=ServerMemory())
        self._server_version = SERVER_VERSION

    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def get_database(self, name: str, **_: Any) -> "EngineDatabase":
        """Return the database. The asynchronous classes handle the options."""
        return EngineDatabase(self, name, _store=self._store[name])


class EngineDatabase(Database):
    """A database whose collections are `EngineCollection`, also for `$lookup` and `$out`."""

    def get_collection(self, name: str, **_: Any) -> "EngineCollection":
        """Return the collection. The asynchronous classes handle the options."""
        return EngineCollection(self, name, _db_store=self._store)

    def documents(self, name: str) -> StoredDocuments:
        """Return the store of a collection."""
        return self._store[name]


class EngineCollection(Collection):
    """A collection that checks, updates and indexes documents as a server does."""

    _patched_by_mongomock_motor = (
        True  # its details of duplicate keys would replace the correct ones, and be wrong for `_id`
    )
    _store: StoredDocuments

    def aggregate(self, pipeline: list[dict[str, Any]], **_: Any) -> CommandCursor:
        """Run a pipeline over copies of the documents."""
        wanted = pipeline[0].get("$match", {}) if pipeline else {}
        rows = [stored(document) for document in self._iter_documents(wanted)]
        return process_pipeline(rows, self.database, _supported_stages(pipeline), None)

    def distinct(self, key: str, filter: Mapping[str, Any] | None = None) -> list[Any]:  # noqa: A002 - the name in mongomock
        """Return the distinct values in order, as an index scan returns them."""
        return sorted(super().distinct(key, filter), key=BsonComparable)

    def options(self) -> dict[str, Any]:
        """Return the options with which the collection was created."""
        return self._store.options

    def _iter_documents(self, spec: Any) -> Iterator[dict[str, Any]]:
        """Yield the documents that match. If the filter has an `_id`, check only that document."""
        key = spec.get("_id") if isinstance(spec, dict) else None
        if not isinstance(key, (str, ObjectId)):
            return super()._iter_documents(restated(spec))
        candidates = [self._store[key]] if key in self._store else []
        return (document for document in candidates if applies(spec, document))

    def _copy_only_fields(self, document: dict[str, Any], fields: Any, container: type) -> dict[str, Any]:
        return super()._copy_only_fields(document, fields, container) if fields else stored(document)

    def insert_many(self, documents: Iterable[Mapping[str, Any]], **_: Any) -> None:
        """Store the output of `$out`. The asynchronous classes insert documents one by one."""
        for document in documents:
            self._insert(stored(document))

    def _insert(self, data: Mapping[str, Any], *_: Any, **__: Any) -> Any:
        key = data.get("_id", MISSING)
        key = ObjectId() if key is MISSING else key
        if isinstance(key, list):
            raise WriteError("The '_id' value cannot be of type array", INVALID_ID)
        document = {"_id": key, **data}
        if key in self._store:
            raise duplicate_key(self.full_name, "_id_", [("_id", 1)], document)
        self._store[key] = document
        try:
            self._ensure_uniques(document)
        except DuplicateKeyError:
            del self._store[key]
            raise
        return key

    def _ensure_uniques(self, new_data: Mapping[str, Any]) -> None:
        for name, index in self._store.indexes.items():
            if index.get("unique"):
                claim(self._store, self.full_name, name, index, new_data)

    def _apply_update_document(
        self,
        document: dict[str, Any],
        spec: Mapping[str, Any],
        update: Mapping[str, Any],
        was_insert: bool,  # noqa: FBT001 - mongomock passes it by position
    ) -> None:
        if not next(iter(update), "").startswith("$"):
            return self._settle(document, {"_id": document["_id"], **update}, was_insert=was_insert)
        draft = stored(document)
        if plain := reduced(update, draft):
            super()._apply_update_document(draft, spec, plain, was_insert)
        return self._settle(document, draft, was_insert=was_insert)

    def _apply_update_pipeline(self, document: dict[str, Any], pipeline: list[dict[str, Any]], _: Any) -> None:
        [draft] = process_pipeline([stored(document)], self.database, _supported_stages(pipeline), None)
        self._settle(document, draft, was_insert=False)

    @staticmethod
    def _settle(document: dict[str, Any], draft: dict[str, Any], *, was_insert: bool) -> None:
        """Replace the document with its updated draft in one step, so that an update that fails changes nothing."""
        if not was_insert and draft.get("_id") != document["_id"]:
            raise WriteError("The update would modify the immutable field '_id'", IMMUTABLE_FIELD)
        try:
            settled = stored(draft)
        except OverflowError as error:
            raise WriteError(f"The update leaves a number that MongoDB cannot hold: {error}", BAD_VALUE) from error
        document.clear()
        document.update(settled)

    def _delete(self, filter: Any, *, multi: bool = False, **_: Any) -> dict[str, Any]:  # noqa: A002 - the name in mongomock
        found = [document["_id"] for document in self._iter_documents(filter)]
        doomed = found if multi else found[:1]
        for key in doomed:
            del self._store[key]
        return {"n": len(doomed), "ok": 1.0}

    def _find_and_modify(  # noqa: PLR0917 - mongomock passes them by position
        self,
        query: dict[str, Any],
        projection: Any = None,
        update: Any = None,
        upsert: bool = False,  # noqa: FBT001, FBT002 - likewise
        sort: Any = None,
        return_document: Any = ReturnDocument.BEFORE,
        *,
        remove: bool = False,
        **_: Any,
    ) -> dict[str, Any] | None:
        """Choose the document once. mongomock would apply the filter a second time after the update."""
        found = next(self._get_dataset(query, sort, {"_id": 1}, dict), None)
        before = found and self.find_one(found, projection)
        if remove:
            if found:
                self._delete(found)
            return before
        if not found and not upsert:
            return None
        outcome = self._update(query | (found or {}), update, upsert)
        after = found or {"_id": outcome["upserted"]}
        return self.find_one(after, projection) if return_document else before

    def create_indexes(self, indexes: Iterable[IndexModel], **_: Any) -> list[str]:
        """Create indexes. An existing index with the same name and options is kept."""
        return [create_index(self._store, self.full_name, stored(index.document)) for index in indexes]

    def drop_index(self, index_or_name: str, **_: Any) -> None:
        """Drop one index, or all indexes except `_id_` if the name is `*`."""
        drop_index(self._store, index_or_name)

    def check_hint(self, hint: Any) -> None:
        """Refuse a hint that names no index, as a server does. A valid hint has no effect."""
        if hint is None or not self._store.is_created:
            return
        if not has_index(self._store, hint if isinstance(hint, str) else keys(hint)):
            raise OperationFailure(f"hint provided does not correspond to an existing index: {hint}", BAD_VALUE)
