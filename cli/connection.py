"""Connects a command to the MongoDB of the settings, or to the embedded server of the data folder."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ..keep import Threadkeep
    from ..settings import Settings

T = TypeVar("T")

DataDir = Annotated[
    Path | None,
    typer.Option(
        help="The data folder of the embedded server. Used if THREADKEEP_MONGODB_URL is not set.",
        show_default="threadkeep-data",
    ),
]


def load_settings(**overrides: Any) -> Settings:
    """Return `Settings.load(**overrides)`.

    The import is here because `--help` needs no settings and is faster without it.
    """
    from ..settings import Settings

    return Settings.load(**overrides)


def with_keep(settings: Settings, work: Callable[[Threadkeep], Awaitable[T]]) -> T:
    """Run `work` with an open `Threadkeep` and return its result."""
    from ..startup import connect, reach_database

    async def run() -> T:
        async with reach_database(settings, join=True) as database, connect(settings, database, sweep=False) as keep:
            await keep.open()
            return await work(keep)

    return asyncio.run(run())
