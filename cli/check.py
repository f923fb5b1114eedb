"""`threadkeep check`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .application import Command
from .connection import DataDir, load_settings, with_keep
from .listing import Json
from .terminal import say, say_json

if TYPE_CHECKING:
    import typer

    from ..keep import Threadkeep


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(cls=Command)(check)


def check(*, as_json: Json = False, data_dir: DataDir = None) -> None:
    """Check the settings, the connection to the database, and that all indexes exist."""

    async def work(keep: Threadkeep) -> list[str]:
        await keep.ping()
        server = "" if keep.has_transactions else "(without transactions)"
        return [server, *await keep.runtime.documents.indexes()]

    server, *indexes = with_keep(load_settings(data_dir=data_dir), work)
    for kind, name in (("settings", ""), ("connection", server), *(("index", name) for name in indexes)):
        if as_json:
            say_json({"check": kind, "result": "ok", "name": name})
        else:
            say(f"{kind:12} ok  {name}".rstrip())
