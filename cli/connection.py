"""Connects a command to the MongoDB of the settings, or to the embedded server of the data folder."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

import typer

from .terminal import say

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from ..keep import Threadkeep
    from ..settings import Settings
    from ..startup import Database

T = TypeVar("T")

Creates = Literal["nothing", "database", "folder"]
"""A command may create nothing, or an empty database on MongoDB, or also the data folder of the embedded server."""

DataDir = Annotated[
    Path | None,
    typer.Option(
        help="The data folder of the embedded server. Used if THREADKEEP_MONGODB_URL is not set.",
        show_default="threadkeep-data",
    ),
]
Participant = Annotated[str | None, typer.Option(help="Only the threads of this participant.")]
"""The option of lists and exports. `require_users` checks the id."""


def load_settings(**overrides: Any) -> Settings:
    """Return `Settings.load(**overrides)`.

    The import is here because `--help` needs no settings and is faster without it.
    """
    from ..settings import Settings

    return Settings.load(**overrides)


def with_keep(settings: Settings, work: Callable[[Threadkeep], Awaitable[T]], *, creates: Creates = "nothing") -> T:
    """Run `work` with an open `Threadkeep` and return its result. Raises `StartupError` if there is no data yet."""
    from ..startup import connect

    async def run() -> T:
        async with reach(settings, creates=creates) as database, connect(settings, database, sweep=False) as keep:
            await keep.open(create=creates != "nothing")
            return await work(keep)

    return asyncio.run(run())


@asynccontextmanager
async def reach(settings: Settings, *, creates: Creates = "nothing") -> AsyncIterator[Database]:
    """The database of the settings, which is named on stderr first.

    Raises `StartupError` if the data folder has no data and may not be made. Raises it at once if no MongoDB listens at the
    address of the settings.
    """
    from ..startup import reach_database
    from .reachability import require_listener

    say(f"Using {settings.target}.", err=True)
    if settings.mongodb_url is not None:
        await require_listener(settings.mongodb_url.get_secret_value(), settings.database_timeout_seconds)
    async with reach_database(settings, join=True, create=creates == "folder") as database:
        yield database


async def require_users(keep: Threadkeep, *user_ids: str | None) -> None:
    """Raise `UserNotFound` if one of these users does not exist: without threads, a mistyped id would look like success."""
    for user_id in user_ids:
        if user_id is not None:
            await keep.user_service.get_user(user_id)
