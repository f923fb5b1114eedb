"""`threadkeep migrate`."""

from __future__ import annotations

import asyncio
import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

from .application import Command
from .connection import DataDir, load_settings, reach
from .listing import Json
from .progress import progress_bar
from .terminal import say, say_json

if TYPE_CHECKING:
    from ..services import Migration
    from ..settings import Settings


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(cls=Command)(migrate)


def migrate(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only print the steps, and change nothing.")] = False,
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Migrate the database to the schema of this version (docs/schema.md). Servers may run meanwhile.

    Creates missing collections, validators, indexes and views, then updates documents of older versions. An index on a
    large collection may take hours: the command shows its progress and what it waits for. You may stop the command at any
    time: the next run continues it. A second run finds nothing to do.
    """
    steps = asyncio.run(_migrate(load_settings(data_dir=data_dir), dry_run=dry_run))
    for step in steps:
        say_json({"step": step}) if as_json else say(step)
    if not steps and not as_json:
        say("nothing to do")


async def _migrate(settings: Settings, *, dry_run: bool) -> list[str]:
    from ..documents import durable, open_client
    from ..services import TRUSTED, Migration, audit_entry

    timeout, connections = settings.database_timeout_seconds, settings.max_connections
    async with (
        reach(settings) as database,
        open_client(database.url, timeout_seconds=timeout, max_connections=connections) as client,
    ):
        migration = Migration(durable(client, settings.database))
        if dry_run:
            return await migration.plan()
        if done := await run(migration):
            entry = audit_entry(TRUSTED, "database.migrated", days=settings.audit_days)
            await client[settings.database]["audit_log"].insert_one(entry)
        return done


async def run(migration: Migration, *, line_every_seconds: float = 10) -> list[str]:
    """Run the migration. A step that takes long is shown in the bar, or as a line now and then where there is no terminal."""
    said_at, is_terminal = time.monotonic(), sys.stderr.isatty()

    with progress_bar("Migrating") as on_progress:

        def on_step(step: str, done: int, total: int) -> None:
            nonlocal said_at
            on_progress(done, total, step=step)
            if not is_terminal and time.monotonic() - said_at > line_every_seconds:
                said_at = time.monotonic()
                say(step, err=True)

        return await migration.run(on_step)
