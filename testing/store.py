"""Where documents are kept: mongomock's stores, with room for what a server remembers besides documents."""

# mypy: disable-error-code="no-untyped-call, no-any-return"

from datetime import UTC, datetime, timedelta
from typing import Any, Self

from mongomock import filtering
from mongomock.helpers import hashdict
from mongomock.store import CollectionStore, DatabaseStore, ServerStore


class StoredDocuments(CollectionStore):
    """One collection: its documents, indexes, options, and which document holds which unique key."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.options: dict[str, Any] = {}
        self.claims: dict[str, dict[Any, Any]] = {}

    def __contains__(self, key: Any) -> bool:
        return bool(super().__contains__(_slot(key)))

    def __getitem__(self, key: Any) -> dict[str, Any]:
        return super().__getitem__(_slot(key))

    def __setitem__(self, key: Any, document: dict[str, Any]) -> None:
        self.create()
        super().__setitem__(_slot(key), document)

    def __delitem__(self, key: Any) -> None:
        super().__delitem__(_slot(key))

    def drop(self) -> None:
        """Forget everything."""
        super().drop()
        self.options = {}
        self.claims = {}

    def create_index(self, index_name: str, index_dict: dict[str, Any]) -> None:
        """Remember an index; the collection exists from then on."""
        self.create()
        super().create_index(index_name, index_dict)

    def drop_index(self, index_name: str) -> None:
        """Forget an index and the keys it held."""
        super().drop_index(index_name)
        self.claims.pop(index_name, None)

    def _expire_documents(self, index: dict[str, Any]) -> None:
        """Delete what is past its time, by the same comparison as a query: only dates are older than a date."""
        now = datetime.now(UTC).replace(tzinfo=None)
        [(path, _)] = index["key"]
        expired = {path: {"$lte": now - timedelta(seconds=index["expireAfterSeconds"])}}
        for document in list(self._documents.values()):
            if filtering.filter_applies(expired, document):
                del self[document["_id"]]


def _slot(key: Any) -> Any:
    return hashdict(key) if isinstance(key, dict) else key


class _Databases(DatabaseStore):
    def __getitem__(self, name: str) -> StoredDocuments:
        return self._collections.setdefault(name, StoredDocuments(name))


class Memory(ServerStore):
    """A whole server's data; it lives as long as the client that made it."""

    def __getitem__(self: Self, name: str) -> _Databases:
        return self._databases.setdefault(name, _Databases())
