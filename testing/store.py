"""The stores of mongomock, extended by data that a server keeps besides documents: options and unique keys."""

# mypy: disable-error-code="no-untyped-call, no-any-return"

from datetime import UTC, datetime, timedelta
from typing import Any, Self

from mongomock import filtering
from mongomock.helpers import hashdict
from mongomock.store import CollectionStore, DatabaseStore, ServerStore


class StoredDocuments(CollectionStore):
    """The data of one collection: documents, indexes, options, and the document that holds each unique key."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.options: dict[str, Any] = {}
        self.claims: dict[str, dict[Any, Any]] = {}

    def __contains__(self, key: Any) -> bool:
        return bool(super().__contains__(_hashable(key)))

    def __getitem__(self, key: Any) -> dict[str, Any]:
        return super().__getitem__(_hashable(key))

    def __setitem__(self, key: Any, document: dict[str, Any]) -> None:
        self.create()
        super().__setitem__(_hashable(key), document)

    def __delitem__(self, key: Any) -> None:
        super().__delitem__(_hashable(key))

    def drop(self) -> None:
        """Remove all data of the collection."""
        super().drop()
        self.options = {}
        self.claims = {}

    def create_index(self, index_name: str, index_dict: dict[str, Any]) -> None:
        """Add an index. The collection exists from then on."""
        self.create()
        super().create_index(index_name, index_dict)

    def drop_index(self, index_name: str) -> None:
        """Remove an index and its unique keys."""
        super().drop_index(index_name)
        self.claims.pop(index_name, None)

    def _expire_documents(self, index: dict[str, Any]) -> None:
        """Delete expired documents. It compares as a query does: only a date can be older than a date."""
        now = datetime.now(UTC).replace(tzinfo=None)
        [(path, _)] = index["key"]
        expired = {path: {"$lte": now - timedelta(seconds=index["expireAfterSeconds"])}}
        for document in list(self._documents.values()):
            if filtering.filter_applies(expired, document):
                del self[document["_id"]]


def _hashable(key: Any) -> Any:
    return hashdict(key) if isinstance(key, dict) else key


class _Databases(DatabaseStore):
    def __getitem__(self, name: str) -> StoredDocuments:
        return self._collections.setdefault(name, StoredDocuments(name))


class ServerMemory(ServerStore):
    """All data of one server. It exists as long as the client that created it."""

    def __getitem__(self: Self, name: str) -> _Databases:
        return self._databases.setdefault(name, _Databases())
