"""The HTTP application. `create_app(settings)` builds it without connecting to a database."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Mount

from ._version import __version__
from .routers import health, metrics, native, openai
from .routers.http import (
    NO_TELEMETRY,
    Admission,
    Authentication,
    DispatchTable,
    ErrorBoundary,
    LandingPage,
    Metrics,
    RequestContext,
    add_documentation,
    describe,
    raise_threadkeep_error,
)
from .services import cancel_tasks
from .settings import Settings
from .startup import connect, open_when_possible, reach_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from .keep import Threadkeep

_PUBLIC = frozenset({"/healthz", "/readyz", "/docs", "/openapi.json"})

# API keys are sent in headers, never in cookies. So a page of an allowed origin can do nothing until it is given a key.
_CORS: dict[str, Any] = {
    "allow_methods": ["GET", "POST", "PUT", "DELETE"],
    "allow_headers": ["authorization", "x-api-key", "content-type", "idempotency-key", "if-match", "x-request-id"],
    "expose_headers": ["etag", "retry-after", "x-request-id", "idempotent-replayed", "x-next-cursor"],
}

_DESCRIPTION = """
Threadkeep stores AI conversations: **users, threads and messages, in your own MongoDB**.

Send an API key as `Authorization: Bearer …` or in `X-API-Key`. A write may carry an `Idempotency-Key`: if the same request is
sent again with the same key, it is done only once. Use `after` to get the next page of a list. Threads and messages have an
`ETag` for `If-Match`.
"""


def create_app(settings: Settings | None = None, *, keep: Threadkeep | None = None, prefix: str = "") -> FastAPI:
    """The HTTP application with these settings, or with those of the environment and `.env` if none are given.

    If `keep` is given, the application serves that Threadkeep: it opens `keep` at startup and does not close it. Without
    `keep`, the application connects as `settings` say at startup, and closes that connection at shutdown.

    `prefix` is the path below which another application mounts this one. The API descriptions and the documentation pages
    name it. It has no effect on the paths that this application serves.
    """
    settings = settings or Settings.load()

    app = FastAPI(
        title="Threadkeep",
        version=__version__,
        description=_DESCRIPTION,
        servers=[{"url": prefix}] if prefix else None,
        lifespan=partial(_lifespan, keep=keep, settings=settings),
        openapi_url=None,  # add_documentation serves the description
        docs_url=None,
        redoc_url=None,
        exception_handlers={HTTPException: raise_threadkeep_error},
        redirect_slashes=False,
        telemetry=NO_TELEMETRY,
    )
    app.state.settings = settings
    app.state.started = asyncio.Event()
    app.state.admission = admission = Admission(settings)
    app.router.routes.append(Mount(openai.PREFIX, openai.create_openai_app(app.state, prefix)))
    for router in (*native.ROUTERS, health.router):
        app.router.routes.extend(router.routes)
    counts = Metrics(admission)
    app.router.routes.append(metrics.metrics_route(counts))
    add_documentation(app, openapi_url="/openapi.json", prefix=prefix)
    describe(app, renderer=native.render_error, public=_PUBLIC, others=metrics.DESCRIPTION)
    _add_middleware(app, settings, counts)
    return app


def _add_middleware(app: FastAPI, settings: Settings, counts: Metrics) -> None:
    """Wrap the routes. The last one that is added sees a request first."""
    app.add_middleware(DispatchTable, routes=app.router.routes)
    app.add_middleware(ErrorBoundary, renderer=native.render_error, public=_PUBLIC, others=(f"{openai.PREFIX}/",))
    app.add_middleware(LandingPage)
    app.add_middleware(RequestContext, settings=settings, metrics=counts)
    if settings.cors_origins:
        app.add_middleware(CORSMiddleware, allow_origins=settings.cors_origins, **_CORS)


@asynccontextmanager
async def _lifespan(app: FastAPI, *, keep: Threadkeep | None, settings: Settings) -> AsyncIterator[None]:
    """Serve the given Threadkeep, or one that is connected and closed here."""
    if keep is not None:
        async with _serving(app, keep, settings):
            yield
        return
    async with (
        reach_database(settings) as database,
        connect(settings, database) as owned,
        _serving(app, owned, settings),
    ):
        yield


@asynccontextmanager
async def _serving(app: FastAPI, keep: Threadkeep, settings: Settings) -> AsyncIterator[None]:
    """Serve from now on and open the Threadkeep when its database answers. Until then requests are answered with 503."""
    app.state.keep = keep
    app.state.opened = opened = asyncio.create_task(open_when_possible(keep, settings))
    app.state.authentication = Authentication(
        keep, opened, enabled=settings.auth, cache_seconds=settings.key_cache_seconds
    )
    if keep.is_open:  # the host application opened it, so requests can be answered at once
        await asyncio.wait([opened], timeout=settings.database_timeout_seconds)
    app.state.started.set()
    try:
        yield
    finally:
        await cancel_tasks([app.state.opened])
