"""PyMongo's AsyncCollection and AsyncCursor on a database in memory."""

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

from pymongo import IndexModel
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.command_cursor import AsyncCommandCursor
from pymongo.asynchronous.cursor import AsyncCursor
from pymongo.common import validate_list
from pymongo.errors import InvalidOperation
from pymongo.results import BulkWriteResult, InsertManyResult, InsertOneResult

from .arguments import encoded, identified, like
from .bulk import Bulk
from .codec import shown, stored

Row = dict[str, Any]
Given = dict[str, Any]


class MemoryCursor(AsyncCursor[Row]):
    """PyMongo's cursor. Instead of asking a server for a first batch, it reads all rows at once."""

    async def _refresh(self) -> int:
        if self._data or self._killed:
            return len(self._data)
        collection: MemoryCollection = self._collection
        if self._explain or self._min or self._max or self._return_key:
            raise NotImplementedError("mongomock has no explain, min, max or return_key")
        rows = await collection._rows(  # noqa: SLF001 - the cursor is a part of the collection
            self._session,
            filter=self._spec,
            projection=self._projection,
            sort=self._ordering,
            skip=self._skip,
            limit=abs(self._limit),
            hint=self._hint,
            collation=self._collation,
            let=self._let,
        )
        self._id = 0
        self._data = deque(rows)
        self._retrieved += len(rows)
        await self.close()
        return len(self._data)


class MemoryCollection(AsyncCollection[Row]):
    """PyMongo's collection. Its reads and writes use mongomock-motor."""

    def __init__(self, database: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(database, *args, **kwargs)
        self._mock = database._mock.get_collection(self.name)  # noqa: SLF001 - the database is a MemoryDatabase

    def __getitem__(self, name: str) -> "MemoryCollection":
        """Return the collection `<name of this collection>.<name>`."""
        return self._copy(f"{self.name}.{name}")

    def with_options(self, *args: Any, **kwargs: Any) -> "MemoryCollection":  # type: ignore[override]  # same class
        """Return the same collection with other options."""
        return self._copy(self.name, *args, **kwargs)

    def _copy(
        self,
        name: str,
        codec_options: Any = None,
        read_preference: Any = None,
        write_concern: Any = None,
        read_concern: Any = None,
    ) -> "MemoryCollection":
        return MemoryCollection(
            self.database,
            name,
            codec_options=codec_options or self.codec_options,
            read_preference=read_preference or self.read_preference,
            write_concern=write_concern or self.write_concern,
            read_concern=read_concern or self.read_concern,
        )

    async def _round_trip(self, session: AsyncClientSession | None) -> None:
        await self.database.client._round_trip(session)  # type: ignore[operator]  # noqa: SLF001 - the client is a MemoryClient

    async def _call(self, name: str, given: Given) -> Any:
        """Encode the arguments, call the engine, and decode its result."""
        session = given.pop("session", None)
        arguments = encoded(self._mock, self.codec_options, name, given)
        await self._round_trip(session)
        result = await getattr(self._mock, name)(**arguments)
        if isinstance(result, (dict, list)):
            return shown({"result": result}, self.codec_options)["result"]
        return result

    def _cursor(self, rows: Iterable[Row]) -> AsyncCommandCursor[Any]:
        batch = [shown(row, self.codec_options) for row in rows]
        return AsyncCommandCursor(self, {"id": 0, "firstBatch": batch}, None)

    async def _rows(self, session: AsyncClientSession | None, **given: Any) -> list[Row]:
        """Return all rows that a cursor with these arguments finds."""
        arguments = encoded(self._mock, self.codec_options, "find", given)
        await self._round_trip(session)
        return [shown(row, self.codec_options) for row in await self._mock.find(**arguments).to_list()]

    def find(self, *args: Any, **kwargs: Any) -> AsyncCursor[Row]:
        """Return a cursor. The query runs when the cursor is read."""
        return MemoryCursor(self, *args, **kwargs)

    @like(AsyncCollection.aggregate)
    async def aggregate(self, given: Given) -> AsyncCommandCursor[Any]:
        """Run the pipeline. The cursor holds all its rows."""
        validate_list("pipeline", given["pipeline"])
        session = given.pop("session", None)
        terms: Given = {term: given[term] for term in ("pipeline", "let", "collation", "hint") if term in given}
        arguments = encoded(self._mock, self.codec_options, "aggregate", terms)
        await self._round_trip(session)
        return self._cursor(await self._mock.aggregate(**arguments).to_list())

    @like(AsyncCollection.insert_one)
    async def insert_one(self, given: Given) -> InsertOneResult:
        """Store a copy of the document."""
        document = identified(given["document"])
        copy = stored(document, self.codec_options)
        await self._round_trip(given.get("session"))
        await self._mock.insert_one(copy)
        return InsertOneResult(document["_id"], acknowledged=self.write_concern.acknowledged)

    @like(AsyncCollection.insert_many)
    async def insert_many(self, given: Given) -> InsertManyResult:
        """Store copies of the documents, one by one."""
        documents = given["documents"]
        if not isinstance(documents, Iterable) or isinstance(documents, Mapping) or not documents:
            raise TypeError("documents must be a non-empty list")
        documents = list(documents)
        bulk = Bulk(self._mock, self.codec_options)
        for document in documents:
            bulk.add_insert(document)
        await self._round_trip(given.get("session"))
        await bulk.execute(ordered=given.get("ordered", True))
        acknowledged = self.write_concern.acknowledged
        return InsertManyResult([document["_id"] for document in documents], acknowledged=acknowledged)

    @like(AsyncCollection.bulk_write)
    async def bulk_write(self, given: Given) -> BulkWriteResult:
        """Run PyMongo's write operations, one by one."""
        requests = given["requests"]
        validate_list("requests", requests)
        if given.get("let") is not None:
            raise NotImplementedError("mongomock has no let for bulk_write")
        bulk = Bulk(self._mock, self.codec_options)
        for request in requests:
            if not hasattr(request, "_add_to_bulk"):
                raise TypeError(f"{request!r} is not a valid request")
            request._add_to_bulk(bulk)  # noqa: SLF001 - PyMongo's operations add themselves by this method
        if not requests:
            raise InvalidOperation("No operations to execute")
        await self._round_trip(given.get("session"))
        result = await bulk.execute(ordered=given.get("ordered", True))
        return BulkWriteResult(result, acknowledged=self.write_concern.acknowledged)

    async def create_index(self, keys: Any, session: Any = None, comment: Any = None, **options: Any) -> str:
        """Create one index and return its name."""
        options.pop("maxTimeMS", None)
        return (await self.create_indexes([IndexModel(keys, **options)], session, comment))[0]

    @like(AsyncCollection.create_indexes)
    async def create_indexes(self, given: Given) -> list[str]:
        """Create indexes and return their names."""
        validate_list("indexes", given["indexes"])
        await self._round_trip(given.get("session"))
        return await self._mock.create_indexes(given["indexes"])  # type: ignore[no-any-return]

    async def drop_indexes(self, session: Any = None, comment: Any = None, **options: Any) -> None:
        """Drop all indexes except the one on `_id`."""
        await self.drop_index("*", session, comment, **options)

    @like(AsyncCollection.list_indexes)
    async def list_indexes(self, given: Given) -> AsyncCommandCursor[Any]:
        """List the indexes as `listIndexes` does."""
        await self._round_trip(given.get("session"))
        return self._cursor(await self._mock.list_indexes().to_list())

    async def index_information(self, session: Any = None, comment: Any = None) -> Row:
        """Return the indexes by name, with their keys as pairs."""
        found = [dict(index) async for index in await self.list_indexes(session, comment)]
        return {index.pop("name"): index | {"key": list(index["key"].items())} for index in found}


def _delegating(name: str) -> Any:
    """Return a method that only passes its arguments to the engine and returns the result."""

    async def call(self: MemoryCollection, given: Given) -> Any:
        return await self._call(name, given)

    return like(getattr(AsyncCollection, name))(call)


for _name in (
    "count_documents",
    "delete_many",
    "delete_one",
    "distinct",
    "drop_index",
    "estimated_document_count",
    "find_one_and_delete",
    "find_one_and_replace",
    "find_one_and_update",
    "options",
    "rename",
    "replace_one",
    "update_many",
    "update_one",
):
    setattr(MemoryCollection, _name, _delegating(_name))
