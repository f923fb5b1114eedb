"""`threadkeep check`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from .connection import DataDir, load_settings, with_keep
from .terminal import say

if TYPE_CHECKING:
    from ..keep import Threadkeep


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(check)


def check(data_dir: DataDir = None) -> None:
    """Check the settings, the connection to the database, and that all indexes exist."""
    settings = load_settings(data_dir=data_dir)
    say("settings     ok")

    async def work(keep: Threadkeep) -> None:
        await keep.ping()
        say("connection   ok" + ("" if keep.has_transactions else " (a standalone server: no transactions)"))
        for line in await keep.runtime.documents.indexes():
            say(f"index        ok  {line}")

    with_keep(settings, work)
