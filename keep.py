"""Threadkeep in process: connect, own or borrow a client, hold the services."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, Self

from pymongo import AsyncMongoClient, ReadPreference, WriteConcern
from pymongo.errors import PyMongoError

from .documents import EXACT, Documents, has_transactions, sorts_by_index
from .errors import StartupError, Unavailable
from .services import (
    TRUSTED,
    AnalyticsService,
    Appender,
    Background,
    Caller,
    Claims,
    KeyService,
    MessageService,
    Runtime,
    Sweeper,
    ThreadService,
    TimeWindows,
    UserService,
)
from .services.analytics.rollups import Rollups
from .services.driver_errors import translate
from .settings import Limits

if TYPE_CHECKING:
    import os
    from types import TracebackType

    from pymongo.asynchronous.database import AsyncDatabase

SWEEP_SECONDS = 30.0


class Services:
    """The services with one caller's rights."""

    __slots__ = (
        "_runtime",
        "analytics_service",
        "caller",
        "key_service",
        "message_service",
        "thread_service",
        "user_service",
    )

    def __init__(self, runtime: Runtime, caller: Caller = TRUSTED) -> None:
        self._runtime = runtime
        self.caller = caller
        self.user_service = UserService(runtime, caller)
        self.thread_service = ThreadService(runtime, caller)
        self.message_service = MessageService(runtime, caller)
        self.key_service = KeyService(runtime, caller)
        self.analytics_service = AnalyticsService(runtime, caller)

    def acting_as(self, caller: Caller) -> Services:
        """The same services with this caller's rights."""
        return Services(self._runtime, caller)


class Threadkeep:
    """The home of conversations in one database: `async with Threadkeep(client) as keep: await keep.thread_service…`.

    `Threadkeep(client)` borrows a PyMongo `AsyncMongoClient` and leaves it open; `Threadkeep.connect(url)` and
    `Threadkeep.embedded(path)` own what they open. Two of them on two databases do not disturb each other.
    """

    def __init__(
        self,
        client: AsyncMongoClient[dict[str, Any]],
        *,
        database: str = "threadkeep",
        limits: Limits | None = None,
        sweep_seconds: float | None = SWEEP_SECONDS,
        rollup_seconds: float | None = None,
    ) -> None:
        """`sweep_seconds=None` leaves finishing what killed processes left to other processes.

        With `rollup_seconds` the daily facts of analytics are brought up to date so often; without, when somebody asks.
        """
        self._client = client
        self._database = database
        self._limits = limits or Limits()
        self._sweep_seconds = sweep_seconds
        self._rollup_seconds = rollup_seconds
        self._exits = AsyncExitStack()
        self._services: Services | None = None
        self._runtime: Runtime | None = None
        self.has_transactions = False
        """Whether the server has transactions: all but a standalone one do. Known once it is open."""

    @classmethod
    def connect(cls, url: str, *, timeout_seconds: float = 5, max_connections: int = 100, **options: Any) -> Self:
        """Own a client for `url`: writes are acknowledged by a majority and journalled, operations end in time."""
        keep = cls(open_client(url, timeout_seconds=timeout_seconds, max_connections=max_connections), **options)
        keep._exits.push_async_callback(keep._client.close)
        return keep

    @classmethod
    def embedded(cls, path: str | os.PathLike[str], **options: Any) -> EmbeddedThreadkeep:
        """Run the embedded server on the folder `path`, or on `":memory:"`, for as long as the Threadkeep is open."""
        return EmbeddedThreadkeep(path, options)

    async def __aenter__(self) -> Self:
        try:
            await self.open()
        except BaseException:  # whatever it was: nothing stays half open
            await self.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def open(self) -> None:
        """Create the indexes that are missing and start the sweeper; does nothing where it is open.

        Raises `Unavailable` if the database is away: it may then be tried again. What trying again does not mend, a wrong
        password or an index of another shape, raises `StartupError`.
        """
        if self.is_open:
            return
        try:
            await self._open()
        except PyMongoError as error:
            reason = str(error).partition(", full error")[0]
            if isinstance(translate(error), Unavailable):
                raise Unavailable(f"The database cannot be used: {reason}.") from error
            raise StartupError(f"The database cannot be used: {reason}.") from error

    async def _open(self) -> None:
        database = durable(self._client, self._database)
        self.has_transactions = transactions = await has_transactions(self._client)
        documents = await Documents.bind(database)
        background = Background()
        appender = Appender(documents, transactions=transactions)
        self._exits.push_async_callback(background.close)
        self._exits.push_async_callback(appender.close)
        claims = Claims(documents)
        time_windows = TimeWindows(needed=not await sorts_by_index(database))
        self._runtime = Runtime(documents, self._limits, appender, background, claims, time_windows)
        self._services = Services(self._runtime)
        background.start(claims.renew(), "keep claims")
        if (ours := appender.sequencer.transactions) is not None:
            self._exits.push_async_callback(ours.close)
            background.start(ours.watch(), "watch transactions")
        if self._sweep_seconds is not None:
            sweeper = Sweeper(documents, appender.sequencer, every_seconds=self._sweep_seconds)
            background.start(sweeper.run(), "sweeper")
        if self._rollup_seconds is not None:
            background.start(Rollups(documents).keep_up(self._rollup_seconds), "rollups")

    async def close(self) -> None:
        """Let appends that have begun finish, and close what is owned."""
        self._services = None
        await self._exits.aclose()

    @property
    def is_open(self) -> bool:
        """Whether the services can be used."""
        return self._services is not None

    def acting_as(self, caller: Caller) -> Services:
        """The same services with this caller's rights instead of all rights."""
        return Services(self.runtime, caller)

    async def ping(self) -> None:
        """Ask the database whether it answers; raises `Unavailable`."""
        try:
            await self._client.admin.command("ping")
        except PyMongoError as error:
            raise Unavailable from error

    @property
    def runtime(self) -> Runtime:
        """What the services share."""
        if self._runtime is None or self._services is None:
            raise RuntimeError("Threadkeep is not open: use `async with`, or await `open()`.")
        return self._runtime

    @property
    def services(self) -> Services:
        """The services, with all rights."""
        if self._services is None:
            raise RuntimeError("Threadkeep is not open: use `async with`, or await `open()`.")
        return self._services

    @property
    def user_service(self) -> UserService:
        """Users."""
        return self.services.user_service

    @property
    def thread_service(self) -> ThreadService:
        """Threads."""
        return self.services.thread_service

    @property
    def message_service(self) -> MessageService:
        """Messages."""
        return self.services.message_service

    @property
    def key_service(self) -> KeyService:
        """API keys."""
        return self.services.key_service

    @property
    def analytics_service(self) -> AnalyticsService:
        """Questions about all conversations."""
        return self.services.analytics_service


class EmbeddedThreadkeep:
    """What `Threadkeep.embedded` returns: entering it starts the server and opens a Threadkeep on it."""

    def __init__(self, path: str | os.PathLike[str], options: dict[str, Any]) -> None:
        self._path = path
        self._options = options
        self._exits = AsyncExitStack()

    async def __aenter__(self) -> Threadkeep:
        from .embedded import EmbeddedServer  # noqa: PLC0415 - only who runs a server needs it

        try:
            server = await self._exits.enter_async_context(EmbeddedServer.start(self._path))
            return await self._exits.enter_async_context(Threadkeep.connect(server.url, **self._options))
        except BaseException:  # whatever it was: no server stays behind
            await self._exits.aclose()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._exits.aclose()


def open_client(url: str, *, timeout_seconds: float, max_connections: int) -> AsyncMongoClient[dict[str, Any]]:
    """A client whose operations end in time; connects to nothing yet, but refuses a URL that is none."""
    milliseconds = int(timeout_seconds * 1000)
    try:
        return AsyncMongoClient(
            url,
            appname="threadkeep",
            timeoutMS=milliseconds,
            serverSelectionTimeoutMS=milliseconds,
            connectTimeoutMS=milliseconds,
            maxPoolSize=max_connections,
            retryReads=True,
        )
    except (PyMongoError, ValueError) as error:
        raise StartupError(f"The MongoDB URL (THREADKEEP_MONGODB_URL) cannot be used: {error}.") from error


def durable(client: AsyncMongoClient[dict[str, Any]], name: str) -> AsyncDatabase[dict[str, Any]]:
    """The database with what we promise: acknowledged means on a majority's disk, and reads see it."""
    return client.get_database(
        name, EXACT, write_concern=WriteConcern(w="majority", j=True), read_preference=ReadPreference.PRIMARY
    )
