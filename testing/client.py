"""PyMongo's AsyncMongoClient on a database in memory."""

import asyncio
from typing import Any, NoReturn

from mongomock_motor import AsyncMongoMockClient
from pymongo import AsyncMongoClient
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.command_cursor import AsyncCommandCursor
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import InvalidOperation, OperationFailure

from .arguments import like
from .collection import Given, Row
from .database import MemoryDatabase
from .engine import SERVER_VERSION, EngineClient

ILLEGAL_OPERATION = 20


def mongomock_client(host: str | None = None, **options: Any) -> AsyncMongoClient[dict[str, Any]]:
    """Return a client of a new, empty MongoDB in memory. The data is lost with the client.

    Takes the arguments of `AsyncMongoClient`. A URL is not connected to; it only names the default database. The client
    behaves like a standalone MongoDB 8, so a transaction fails at its first operation. Unsupported operations raise
    NotImplementedError. Validators are accepted but not applied.
    """
    return MemoryClient(host, **options)


class MemoryClient(AsyncMongoClient[Row]):
    """PyMongo's client, which never connects. Its databases are `MemoryDatabase`."""

    def __init__(self, host: str | None = None, **options: Any) -> None:
        super().__init__(host or "mongodb://mongomock", **options | {"connect": False})
        build = {"version": SERVER_VERSION, "versionArray": [*map(int, SERVER_VERSION.split(".")), 0], "ok": 1.0}
        self._mock: Any = AsyncMongoMockClient(mock_mongo_client=EngineClient(), mock_build_info=build)

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    def __getitem__(self, name: str) -> MemoryDatabase:
        """Return a database with this client's options."""
        return MemoryDatabase(self, name)

    def get_database(self, name: str | None = None, *args: Any, **kwargs: Any) -> MemoryDatabase:
        """Return a database with these options."""
        return MemoryDatabase(self, super().get_database(name).name, *args, **kwargs)

    def get_default_database(self, default: str | None = None, *args: Any, **kwargs: Any) -> MemoryDatabase:
        """Return the database that the URL names."""
        return MemoryDatabase(self, super().get_default_database(default).name, *args, **kwargs)

    async def aconnect(self) -> None:
        """Do nothing: there is no server to connect to."""
        await self._round_trip(None)

    @like(AsyncMongoClient.list_databases)
    async def list_databases(self, given: Given) -> AsyncCommandCursor[Any]:
        """List databases by name."""
        batch = [{"name": name} for name in await self.list_database_names(given.get("session"))]
        return AsyncCommandCursor(self["admin"]["$cmd.listDatabases"], {"id": 0, "firstBatch": batch}, None)

    @like(AsyncMongoClient.list_database_names)
    async def list_database_names(self, given: Given) -> list[str]:
        """List the names of the databases that hold a collection."""
        await self._round_trip(given.get("session"))
        return await self._mock.list_database_names()  # type: ignore[no-any-return]

    @like(AsyncMongoClient.drop_database)
    async def drop_database(self, given: Given) -> None:
        """Drop a database. It is no error if the database does not exist."""
        named = given["name_or_database"]
        database = self[named.name if isinstance(named, AsyncDatabase) else named]
        await database.command("dropDatabase", session=given.get("session"))

    async def _round_trip(self, session: AsyncClientSession | None) -> None:
        """Simulate a round trip: let other tasks run, and raise errors for a closed client, a wrong session or a transaction."""
        session = self._ensure_session(session)
        await asyncio.sleep(0)
        if self._closed:
            raise InvalidOperation("Cannot use AsyncMongoClient after close")
        if session is None:
            return
        if session.client is not self:
            raise InvalidOperation("Can only use session with the AsyncMongoClient that started it")
        if session.has_ended:
            raise InvalidOperation("Cannot use ended session")
        if session.in_transaction:
            message = "Transaction numbers are only allowed on a replica set member or mongos"
            details = {"ok": 0.0, "errmsg": message, "code": ILLEGAL_OPERATION, "codeName": "IllegalOperation"}
            raise OperationFailure(message, ILLEGAL_OPERATION, details)

    async def _get_topology(self) -> NoReturn:
        """Refuse the operations of PyMongo that would need a connection."""
        raise NotImplementedError("mongomock has no answer to this operation")
