"""How a command reaches the database: the MongoDB of the settings, or the embedded server of the data folder."""

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
        help="Where the embedded server keeps its data, when no THREADKEEP_MONGODB_URL is set.",
        show_default="threadkeep-data",
    ),
]


def load_settings(**overrides: Any) -> Settings:
    """`Settings.load`, imported when a command runs: `--help` needs no settings, and reading them takes longer than it."""
    from ..settings import Settings

    return Settings.load(**overrides)


def with_keep(settings: Settings, work: Callable[[Threadkeep], Awaitable[T]]) -> T:
    """Run `work` on an open Threadkeep."""
    from ..startup import connect, database_url

    async def run() -> T:
        async with database_url(settings, join=True) as url, connect(settings, url, sweep=False) as keep:
            await keep.open()
            return await work(keep)

    return asyncio.run(run())
