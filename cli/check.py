"""`threadkeep check`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from .connection import DataDir, load_settings, with_keep

if TYPE_CHECKING:
    from ..keep import Threadkeep


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(check)


def check(data_dir: DataDir = None) -> None:
    """Check the settings, the connection to the database, and that all indexes exist."""
    settings = load_settings(data_dir=data_dir)
    typer.echo("settings     ok")

    async def work(keep: Threadkeep) -> None:
        await keep.ping()
        typer.echo("connection   ok" + ("" if keep.has_transactions else " (a standalone server: no transactions)"))
        for line in await keep.runtime.documents.indexes():
            typer.echo(f"index        ok  {line}")

    with_keep(settings, work)
