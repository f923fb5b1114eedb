"""`threadkeep serve`."""

from __future__ import annotations

from typing import Annotated

import typer

from .connection import DataDir, load_settings


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(serve)


def serve(
    host: Annotated[str | None, typer.Option(help="The address to listen on.", show_default="127.0.0.1")] = None,
    port: Annotated[
        int | None, typer.Option(help="The port to listen on; 0 takes a free one.", show_default="8000")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Run the service until Ctrl-C.

    Without **THREADKEEP_MONGODB_URL** it brings its own MongoDB-compatible server, with its data in **--data-dir**: for trying
    out, development and a single machine. The first start makes an admin key and shows it, that once.
    """
    settings = load_settings(host=host, port=port, data_dir=data_dir)
    from ..serving import run

    run(settings)
