"""Connects and opens a Threadkeep for the HTTP application, and waits while the database is unavailable."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from .errors import InvalidInput, StartupError, Unavailable
from .keep import Threadkeep
from .log_events import log_events
from .mongodb_url import with_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from .settings import Settings

T = TypeVar("T")
_log = log_events("threadkeep")
_PAUSE_SECONDS = 1.0


def _nothing_known() -> None:
    return None


@dataclass(frozen=True, slots=True)
class Database:
    """The URL of the database, and a function that says why its server is down, if this process runs it."""

    url: str
    problem: Callable[[], str | None] = _nothing_known


@asynccontextmanager
async def reach_database(settings: Settings, *, join: bool = False, create: bool = True) -> AsyncIterator[Database]:
    """The database of the settings. Without a MongoDB in the settings, the embedded server runs inside this context.

    With `join`, the URL of an embedded server that another process runs on the data folder is used, if there is one.
    Without `create`, raises `StartupError` if the data folder has no data yet.
    """
    if settings.mongodb_url is not None:
        yield Database(settings.mongodb_url.get_secret_value())
        return
    from .embedded import EmbeddedServer  # noqa: PLC0415 - loaded only if it is used

    running = EmbeddedServer.running_at(settings.data_dir) if join else None
    if running is not None:
        yield Database(running)
        return
    if not create and not EmbeddedServer.has_data(settings.data_dir):
        raise _no_data(settings)
    async with EmbeddedServer.start(settings.data_dir) as server:
        yield Database(server.url, lambda: server.problem)


def url_of(settings: Settings) -> str:
    """The URL of the database, with its name and the password. Raises `StartupError` if the embedded server does not run."""
    if settings.mongodb_url is not None:
        return with_database(settings.mongodb_url.get_secret_value(), settings.database)
    from .embedded import EmbeddedServer  # noqa: PLC0415 - loaded only if it is used

    if not EmbeddedServer.has_data(settings.data_dir):
        raise _no_data(settings)
    if (running := EmbeddedServer.running_at(settings.data_dir)) is None:
        folder = settings.data_dir.absolute()
        raise StartupError(
            f"No server runs on {folder}: start `threadkeep serve` there, and run this command meanwhile."
        )
    return with_database(running, settings.database)


def _no_data(settings: Settings) -> StartupError:
    return StartupError(
        f"No Threadkeep data in {settings.data_dir.absolute()}: run this command in the folder of `threadkeep serve`, "
        "name the data folder with --data-dir, or set THREADKEEP_MONGODB_URL."
    )


def connect(settings: Settings, database: Database, *, sweep: bool = True) -> AbstractAsyncContextManager[Threadkeep]:
    """A Threadkeep on `database` with these settings. It is not open yet, and is closed when the context ends.

    With `sweep` False, it runs neither the sweeper nor the rollup in the background.
    """
    keep = Threadkeep.connect(
        database.url,
        database=settings.database,
        limits=settings.limits,
        timeout_seconds=settings.database_timeout_seconds,
        max_connections=settings.max_connections,
        sweep_seconds=settings.sweep_seconds if sweep else None,
        rollup_seconds=settings.rollup_seconds or None if sweep else None,
    )
    keep.problem = database.problem
    return closing(keep)


@asynccontextmanager
async def closing(keep: Threadkeep) -> AsyncIterator[Threadkeep]:
    """Close the Threadkeep when the context ends."""
    try:
        yield keep
    finally:
        await keep.close()


async def open_when_possible(keep: Threadkeep, settings: Settings) -> None:
    """Open `keep` as soon as the database answers, and accept the admin key of the settings."""

    async def work() -> None:
        await keep.open()
        await _adopt_key(keep, settings)

    await until_available(work)


async def until_available(work: Callable[[], Awaitable[T]]) -> T:
    """The result of `work`, which is repeated each second until the database answers."""
    while True:
        try:
            return await work()
        except Unavailable as error:
            _log.warning("waiting_for_mongodb", reason=str(error))
            await asyncio.sleep(_PAUSE_SECONDS)


async def _adopt_key(keep: Threadkeep, settings: Settings) -> None:
    if settings.admin_key is None:
        return
    try:
        await keep.operations.keys.adopt(settings.admin_key.get_secret_value(), key_name="THREADKEEP_ADMIN_KEY")
    except InvalidInput as error:
        raise StartupError(f"THREADKEEP_ADMIN_KEY: {error}") from error


async def first_key(keep: Threadkeep, settings: Settings) -> str | None:
    """A new admin key, or None if there is one already, another process creates one, or authentication is off.

    The caller must show the key, because it is stored nowhere.
    """
    made = await keep.operations.keys.create_first() if settings.auth else None
    return None if made is None else made.plain_key
