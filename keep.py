"""Threadkeep in process: opens the database, owns or borrows the client, and holds the services."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, Self

from pymongo.errors import PyMongoError

from .documents import (
    Documents,
    durable,
    has_bulk_writes,
    has_collections,
    has_transactions,
    open_client,
    require_supported_server,
)
from .errors import StartupError, Unavailable, explained
from .forks import let_go_in_children
from .services import (
    Caller,
    Operations,
    Revocations,
    Services,
    Tuning,
    reason_of,
    start_rollups,
    start_runtime,
    start_sweeping,
    translate,
)
from .settings import Limits

if TYPE_CHECKING:
    import os
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

    from pymongo import AsyncMongoClient

    from .services import (
        AnalyticsService,
        AuditService,
        ImportProgress,
        ImportService,
        KeyService,
        MessageService,
        Runtime,
        ThreadService,
        UserService,
    )

SWEEP_SECONDS = 30.0
_NOT_OPEN = "Threadkeep is not open: use `async with`, or await `open()`."
_OF_PARENT = "This Threadkeep was opened before os.fork(). Open another one in the child process."


def _nothing_known() -> None:
    return None


async def _run_import(runtime: Runtime, job: dict[str, Any], path: Path, progress: ImportProgress) -> None:
    from .transfer import run_import_job  # noqa: PLC0415 - loaded by the first import

    await run_import_job(runtime, job, path, progress)


class Threadkeep:
    """The conversations in one database: `async with Threadkeep(client) as keep: await keep.thread_service…`.

    `Threadkeep(client)` borrows a PyMongo `AsyncMongoClient` and leaves it open. `Threadkeep.connect(url)` opens a
    client of its own and closes it. `Threadkeep.embedded(path)` does the same with a server. Several Threadkeeps may be
    open at the same time.
    """

    @explained
    def __init__(
        self,
        client: AsyncMongoClient[dict[str, Any]],
        *,
        database: str = "threadkeep",
        limits: Limits | None = None,
        sweep_seconds: float | None = SWEEP_SECONDS,
        rollup_seconds: float | None = None,
        tuning: Tuning | None = None,
    ) -> None:
        """`sweep_seconds=None` runs no sweeper and no imports: other processes do both.

        The sweeper completes the work of killed processes. With `rollup_seconds`, the daily facts of analytics are updated
        at this interval. Without it, they are updated when an analytics method needs them. `tuning` is for tests of
        Threadkeep itself.
        """
        self._client = client
        self._database = database
        self._limits = limits or Limits()
        self._sweep_seconds = sweep_seconds
        self._rollup_seconds = rollup_seconds
        self._tuning = tuning or Tuning()
        self.revocations = Revocations()
        """Announces keys that stopped working in this process."""
        self._exits = AsyncExitStack()
        self._operations: Operations | None = None
        self._services: Services | None = None
        self._is_of_parent = False
        """Whether a parent process opened this Threadkeep, and this process is its child."""
        self.has_transactions = False
        """Whether the server has transactions: all servers but a standalone one. Known when the Threadkeep is open."""
        self.problem: Callable[[], str | None] = _nothing_known
        """Asks the owner of the server why the server is down. The error of `ping` has the answer."""

    @classmethod
    def connect(cls, url: str, *, timeout_seconds: float = 5, max_connections: int = 100, **options: Any) -> Self:
        """A Threadkeep that owns a client for `url`. Each database operation ends after `timeout_seconds`."""
        keep = cls(open_client(url, timeout_seconds=timeout_seconds, max_connections=max_connections), **options)
        keep._exits.push_async_callback(keep._client.close)
        return keep

    @classmethod
    def embedded(cls, path: str | os.PathLike[str], **options: Any) -> EmbeddedThreadkeep:
        """A Threadkeep with its own MongoDB-compatible server, on the folder `path` or on `":memory:"`."""
        return EmbeddedThreadkeep(path, options)

    async def __aenter__(self) -> Self:
        try:
            await self.open()
        except BaseException:  # a cancellation too: nothing stays half open
            await self.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def open(self, *, create: bool = True) -> None:
        """Create the missing collections and indexes and start the background tasks. Does nothing if it is open.

        Without `create`, raises `StartupError` if the database has no collections of Threadkeep: its name may be wrong.
        Raises `Unavailable` if the database is away: call it again later. Raises `StartupError` for a fault that lasts, such
        as a wrong password or an index of another shape.
        """
        if self.is_open:
            return
        if self._is_of_parent:
            raise RuntimeError(_OF_PARENT)
        let_go_in_children(self)
        try:
            await self._open(create=create)
        except PyMongoError as error:
            reason = f"The database cannot be used: {reason_of(error)}."
            raise (Unavailable if isinstance(translate(error), Unavailable) else StartupError)(reason) from error

    async def _open(self, *, create: bool) -> None:
        database = durable(self._client, self._database)
        await require_supported_server(database)
        if not create and not await has_collections(database):
            raise StartupError(
                f"Database {self._database} holds no Threadkeep data: check its name (THREADKEEP_DATABASE), or prepare it "
                "with `threadkeep migrate`."
            )
        documents = await Documents.bind(database)
        self.has_transactions = await has_transactions(database)
        runtime = start_runtime(
            documents,
            self._limits,
            self._exits,
            tuning=self._tuning,
            revocations=self.revocations,
            transactions=self.has_transactions,
            bulk_writes=await has_bulk_writes(database),
        )
        self._operations = Operations(runtime)
        self._services = Services(self._operations)
        if self._sweep_seconds is not None:
            start_sweeping(runtime, _run_import, self._sweep_seconds)
        if self._rollup_seconds is not None:
            start_rollups(runtime, self._rollup_seconds)

    async def close(self) -> None:
        """Wait for appends that have begun, stop the background tasks, and close what this Threadkeep owns."""
        self._operations = self._services = None
        await self._exits.aclose()

    def let_go(self) -> None:
        """Give up this Threadkeep in a child process. Its services raise `RuntimeError` there, and closing it does nothing."""
        self._is_of_parent = True
        if self._operations is not None:
            self._operations.runtime.let_go(_OF_PARENT)  # services that were taken before have this runtime
        self._operations = self._services = None
        self._exits.pop_all()

    @property
    def is_open(self) -> bool:
        """Whether the services can be used."""
        return self._operations is not None

    def acting_as(self, caller: Caller) -> Services:
        """The services with the rights of this caller."""
        return Services(self.operations.acting_as(caller))

    async def ping(self) -> None:
        """Return if the database answers and can store; raise `Unavailable` with the reason if it does not."""
        try:
            await self._client.admin.command("ping")
        except PyMongoError as error:
            if (problem := self.problem()) is not None:
                raise Unavailable(problem) from error
            ours = translate(error)
            raise (ours if isinstance(ours, Unavailable) else Unavailable()) from error

    @property
    def operations(self) -> Operations:
        """The operations that routers call, with every right."""
        if self._operations is None:
            raise RuntimeError(_OF_PARENT if self._is_of_parent else _NOT_OPEN)
        return self._operations

    @property
    def runtime(self) -> Runtime:
        """The documents, limits and background tasks that all services share."""
        return self.operations.runtime

    @property
    def services(self) -> Services:
        """The services, with every right."""
        if self._services is None:
            raise RuntimeError(_OF_PARENT if self._is_of_parent else _NOT_OPEN)
        return self._services

    @property
    def user_service(self) -> UserService:
        """The methods of users."""
        return self.services.user_service

    @property
    def thread_service(self) -> ThreadService:
        """The methods of threads."""
        return self.services.thread_service

    @property
    def message_service(self) -> MessageService:
        """The methods of messages."""
        return self.services.message_service

    @property
    def key_service(self) -> KeyService:
        """The methods of API keys."""
        return self.services.key_service

    @property
    def import_service(self) -> ImportService:
        """The imports that run in the background."""
        return self.services.import_service

    @property
    def audit_service(self) -> AuditService:
        """The audit trail."""
        return self.services.audit_service

    @property
    def analytics_service(self) -> AnalyticsService:
        """The analytics of all conversations."""
        return self.services.analytics_service


class EmbeddedThreadkeep:
    """The result of `Threadkeep.embedded`: entering it starts the server and opens a Threadkeep on it."""

    def __init__(self, path: str | os.PathLike[str], options: dict[str, Any]) -> None:
        self._path = path
        self._options = options
        self._exits = AsyncExitStack()

    def let_go(self) -> None:
        """Give up the server and the Threadkeep in a child process."""
        self._exits.pop_all()

    async def __aenter__(self) -> Threadkeep:
        from .embedded import EmbeddedServer  # noqa: PLC0415 - loaded only by a process that runs a server

        let_go_in_children(self)
        try:
            server = await self._exits.enter_async_context(EmbeddedServer.start(self._path))
            keep = Threadkeep.connect(server.url, **self._options)
            keep.problem = lambda: server.problem
            return await self._exits.enter_async_context(keep)
        except BaseException:  # a cancellation too: no server stays behind
            await self._exits.aclose()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._exits.aclose()
