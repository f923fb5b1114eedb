"""Runs the application in this process, on a database in memory."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx2

from threadkeep.app import create_app
from threadkeep.client.options import certificates
from threadkeep.keep import Threadkeep
from threadkeep.settings import Settings
from threadkeep.testing import mongomock_client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fastapi import FastAPI

    from threadkeep.routers.http.route import FastRoute


def app_with(*routes: FastRoute, keep: Threadkeep | None = None, **settings: Any) -> FastAPI:
    """Return the application on a database in memory, with additional routes and these settings."""
    keep = keep or Threadkeep(mongomock_client(), sweep_seconds=None)
    app = create_app(Settings(_env_file=None, **{"auth": False} | settings), keep=keep)
    app.router.routes.extend(routes)
    return app


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    """Start the application, yield a client for it, and close the application and its Threadkeep."""
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(verify=certificates(), transport=transport, base_url="http://test") as client,
    ):
        yield client
    await app.state.keep.close()
