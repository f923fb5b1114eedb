"""PyMongo's AsyncDatabase on a database in memory."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bson.codec_options import DEFAULT_CODEC_OPTIONS
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.command_cursor import AsyncCommandCursor
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import CollectionInvalid, OperationFailure

from .arguments import like
from .codec import MAX_DOCUMENT_SIZE, stored
from .collection import Given, MemoryCollection, Row
from .filters import applies
from .store import StoredDocuments

NAMESPACE_NOT_FOUND, NAMESPACE_EXISTS = 26, 48

_OPTIONS = ("codec_options", "read_preference", "write_concern", "read_concern")
_VALIDATION = frozenset({"validator", "validationLevel", "validationAction"})
_FIND_TERMS = frozenset({"filter", "projection", "sort", "limit", "batchSize", "singleBatch", "readConcern", "comment"})
_COMMAND_TERMS = frozenset({"command", "value", "check", "allowable_errors", "read_preference", "codec_options"})


class MemoryDatabase(AsyncDatabase[Row]):
    """PyMongo's database. Its collections are `MemoryCollection`, and it implements a few commands itself."""

    def __init__(self, client: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(client, *args, **kwargs)
        self._mock = client._mock.get_database(self.name)  # noqa: SLF001 - the client is a MemoryClient

    def __getitem__(self, name: str) -> MemoryCollection:
        """Return a collection with this database's options."""
        return MemoryCollection(self, name)

    def get_collection(self, name: str, *args: Any, **kwargs: Any) -> MemoryCollection:
        """Return a collection with these options."""
        return MemoryCollection(self, name, False, *args, **kwargs)

    def with_options(  # type: ignore[override]  # the same class for all options
        self,
        codec_options: Any = None,
        read_preference: Any = None,
        write_concern: Any = None,
        read_concern: Any = None,
    ) -> "MemoryDatabase":
        """Return the same database with other options."""
        return MemoryDatabase(
            self.client,
            self.name,
            codec_options or self.codec_options,
            read_preference or self.read_preference,
            write_concern or self.write_concern,
            read_concern or self.read_concern,
        )

    @like(AsyncDatabase.create_collection)
    async def create_collection(self, given: Given) -> MemoryCollection:
        """Create a collection. A validator is stored but not applied."""
        name, check = given.pop("name"), given.pop("check_exists", True)
        made = self.get_collection(name, **{option: given.pop(option, None) for option in _OPTIONS})
        exists = name in await self.list_collection_names(given.pop("session", None))
        options = _validation("create_collection", given)
        if exists and check:
            raise CollectionInvalid(f"collection {name} already exists")
        if exists:
            raise OperationFailure(f"Collection {made.full_name} already exists.", NAMESPACE_EXISTS)
        await self._mock.create_collection(name)
        self._documents(name).options = options
        return made

    @like(AsyncDatabase.drop_collection)
    async def drop_collection(self, given: Given) -> Row:
        """Drop a collection. It is no error if the collection does not exist."""
        named = given["name_or_collection"]
        await self._round_trip(given.get("session"))
        await self._mock.drop_collection(named.name if isinstance(named, AsyncCollection) else named)
        return {"ok": 1.0}

    @like(AsyncDatabase.list_collections)
    async def list_collections(self, given: Given) -> AsyncCommandCursor[Any]:
        """List collections as `listCollections` does."""
        await self._round_trip(given.get("session"))
        query = stored(given.get("filter") or {})
        rows = [self._listed(name) for name in await self._mock.list_collection_names()]
        batch = [stored(row) for row in rows if applies(query, row)]
        return AsyncCommandCursor(self["$cmd.listCollections"], {"id": 0, "firstBatch": batch}, None)

    @like(AsyncDatabase.list_collection_names)
    async def list_collection_names(self, given: Given) -> list[str]:
        """List the names of the existing collections: those that were created, written to or indexed."""
        return [row["name"] async for row in await self.list_collections(**given)]

    @like(AsyncDatabase.command)
    async def command(self, given: Given) -> Row:
        """Run a command: `find` (in one batch), `ping`, `hello`, `buildInfo`, `collMod` (validation only) or `dropDatabase`.

        Other commands raise `NotImplementedError`.
        """
        command = given["command"]
        terms = {command: given.get("value", 1)} if isinstance(command, str) else dict(command)
        name = next(iter(terms))
        await self._round_trip(given.pop("session", None))
        terms |= {term: value for term, value in given.items() if term not in _COMMAND_TERMS}
        match name.lower():
            case "find":
                return await self._find(terms.pop(name), terms)
            case "hello" | "ismaster":
                return _hello()
            case "collmod":
                return self._modify(terms.pop(name), terms)
            case "dropdatabase":
                return await self._drop()
            case "ping" | "buildinfo":
                return dict(await self._mock.command(name.lower()))
        raise NotImplementedError(f"mongomock has no command {name!r}")

    async def _round_trip(self, session: AsyncClientSession | None) -> None:
        await self.client._round_trip(session)  # type: ignore[operator]  # noqa: SLF001 - the client is a MemoryClient

    async def _drop(self) -> Row:
        for name in await self._mock.list_collection_names():
            await self._mock.drop_collection(name)
        return {"dropped": self.name, "ok": 1.0}

    async def _find(self, name: str, terms: Row) -> Row:
        if unknown := terms.keys() - _FIND_TERMS:
            raise NotImplementedError(f"mongomock does not know these terms of find: {sorted(unknown)}")
        found = self.with_options(codec_options=DEFAULT_CODEC_OPTIONS)[name].find(
            terms.get("filter"), terms.get("projection"), sort=terms.get("sort"), limit=terms.get("limit", 0)
        )
        return {"cursor": {"id": 0, "firstBatch": await found.to_list()}, "ok": 1.0}

    def _documents(self, name: str) -> StoredDocuments:
        return self._mock.delegate.documents(name)  # type: ignore[no-any-return]

    def _listed(self, name: str) -> Row:
        return {
            "name": name,
            "type": "collection",
            "options": self._documents(name).options,
            "info": {"readOnly": False},
            "idIndex": {"v": 2, "key": {"_id": 1}, "name": "_id_"},
        }

    def _modify(self, name: str, terms: Row) -> Row:
        documents = self._documents(name)
        if not documents.is_created:
            raise OperationFailure(f"ns does not exist: {self.name}.{name}", NAMESPACE_NOT_FOUND)
        documents.options |= _validation("collMod", terms)
        return {"ok": 1.0}


def _validation(where: str, options: Mapping[str, Any]) -> Row:
    """Return a copy of the validation options. Other options raise `NotImplementedError`."""
    if unsupported := options.keys() - _VALIDATION - {"comment"}:
        raise NotImplementedError(f"mongomock has no {', '.join(sorted(unsupported))} for {where}")
    return stored({option: value for option, value in options.items() if option in _VALIDATION})


def _hello() -> Row:
    """Return the reply of a standalone server: no replica set and no mongos, so no transactions."""
    return {
        "isWritablePrimary": True,
        "maxBsonObjectSize": MAX_DOCUMENT_SIZE,
        "maxMessageSizeBytes": 48_000_000,
        "maxWriteBatchSize": 100_000,
        "localTime": datetime.now(UTC).replace(tzinfo=None),
        "logicalSessionTimeoutMinutes": 30,
        "minWireVersion": 0,
        "maxWireVersion": 25,
        "readOnly": False,
        "ok": 1.0,
    }
