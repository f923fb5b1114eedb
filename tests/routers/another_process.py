"""Runs a second application on the same database. The two applications share nothing else, as two processes."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx2

from threadkeep.app import create_app
from threadkeep.client.options import certificates
from threadkeep.keep import Threadkeep
from threadkeep.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from pymongo import AsyncMongoClient

    from threadkeep.tests.live_server import LiveServer


@asynccontextmanager
async def another_process(
    client: AsyncMongoClient[Any], served: LiveServer, key: str | None, **settings: Any
) -> AsyncIterator[httpx2.AsyncClient]:
    """Serve the database of the live server, and yield a client with this key, or without a key."""
    keep = Threadkeep(client, database=served.database.name, sweep_seconds=None)
    app = create_app(Settings(_env_file=None, **settings), keep=keep)
    headers = {} if key is None else {"authorization": f"Bearer {key}"}
    async with keep, app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app)
        async with httpx2.AsyncClient(
            verify=certificates(), transport=transport, base_url="http://other", headers=headers
        ) as other:
            yield other
