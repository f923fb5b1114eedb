"""Opens a Threadkeep behind a running HTTP application, however long the database is away."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING

import structlog

from .errors import InvalidInput, StartupError, Unavailable
from .keep import Threadkeep

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from .settings import Settings

_log = structlog.get_logger("threadkeep")
_PAUSE_SECONDS = 1.0


@asynccontextmanager
async def database_url(settings: Settings, *, join: bool = False) -> AsyncIterator[str]:
    """The URL of the database, which is running for as long as this is entered.

    With `join`, an embedded server that another process runs on the data folder will do.
    """
    if settings.mongodb_url is not None:
        yield settings.mongodb_url.get_secret_value()
        return
    from .embedded import EmbeddedServer  # noqa: PLC0415 - only who runs a server needs it

    running = EmbeddedServer.running_at(settings.data_dir) if join else None
    if running is not None:
        yield running
        return
    async with EmbeddedServer.start(settings.data_dir) as server:
        yield server.url


def connect(settings: Settings, url: str, *, sweep: bool = True) -> AbstractAsyncContextManager[Threadkeep]:
    """A Threadkeep on `url` as the settings have it, not open yet; it is closed when the context ends."""
    keep = Threadkeep.connect(
        url,
        database=settings.database,
        limits=settings.limits,
        timeout_seconds=settings.database_timeout_seconds,
        max_connections=settings.max_connections,
        sweep_seconds=settings.sweep_seconds if sweep else None,
        rollup_seconds=settings.rollup_seconds or None if sweep else None,
    )
    return closing(keep)


@asynccontextmanager
async def closing(keep: Threadkeep) -> AsyncIterator[Threadkeep]:
    """Close the Threadkeep in the end, whoever opened it."""
    try:
        yield keep
    finally:
        await keep.close()


async def open_when_possible(keep: Threadkeep, settings: Settings) -> str | None:
    """Open `keep` as soon as the database answers, and make sure that an admin can get in.

    Returns the admin key that was made, if one was. Until then every request is answered with 503.
    """
    while True:
        try:
            await keep.open()
            return await first_key(keep, settings)
        except Unavailable as error:
            _log.warning("waiting_for_mongodb", reason=str(error))
            await asyncio.sleep(_PAUSE_SECONDS)


async def first_key(keep: Threadkeep, settings: Settings) -> str | None:
    """Accept the admin key of the settings, or make one where there is none; returns the one that was made."""
    keys = keep.key_service
    if settings.admin_key is not None:
        try:
            await keys.adopt_key(settings.admin_key.get_secret_value(), key_name="THREADKEEP_ADMIN_KEY")
        except InvalidInput as error:
            raise StartupError(f"THREADKEEP_ADMIN_KEY: {error}") from error
        return None
    if not settings.auth or await keys.has_admin_key():
        return None
    made = await keys.create_key("admin", key_name="first key")
    return str(made.plain_key)
