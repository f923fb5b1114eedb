"""Threadkeep inside a FastAPI application of yours: `docs/fastapi.md` is the guide."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import orjson
from starlette.responses import Response
from starlette.routing import Mount

from ..app import create_app
from ..errors import ThreadkeepError
from ..routers.http import log_database_error
from ..routers.native import render_error
from ..settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fastapi import FastAPI
    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

    from ..keep import Threadkeep


def add_error_handlers(app: FastAPI) -> None:
    """Let `app` answer each `ThreadkeepError` that an endpoint raises with its status, its JSON and its headers.

    The JSON is that of the native API: `{"error": "ThreadNotFound", "detail": "Thread 'x' does not exist.", "thread_id": "x"}`.
    `Unavailable` and `StillRunning` carry `Retry-After`. The log says why MongoDB did not answer.
    """
    app.add_exception_handler(ThreadkeepError, _answer)


async def _answer(_: Request, error: Exception) -> Response:
    if not isinstance(error, ThreadkeepError):  # pragma: no cover - it is registered for no other
        raise error
    log_database_error(error)
    status, payload, headers = render_error(error)
    response = Response(orjson.dumps(payload), status, media_type="application/json")
    response.raw_headers.extend(headers)
    return response


@asynccontextmanager
async def mounted(
    app: FastAPI, keep: Threadkeep, *, path: str = "/threadkeep", settings: Settings | None = None
) -> AsyncIterator[None]:
    """Serve the whole HTTP API of Threadkeep below `path` of `app` while the context is entered.

    Enter it in the lifespan of `app`, when `keep` is open: Starlette does not run the lifespan of a mounted application.
    The API comes before all other routes of `app`. It asks for API keys of its own, and leaves `keep` open at the end.

    Without `settings`, they are read from the environment and `.env`, with the limits of `keep`. Raises `ValueError` for a
    `path` that does not begin with `/`, `RuntimeError` if `keep` is not open, and `StartupError` for settings that do not work.
    """
    prefix = path.rstrip("/")
    if not prefix.startswith("/"):
        raise ValueError(f"path must begin with '/' and have a name behind it, not {path!r}")
    api = create_app(settings or Settings.load(**keep.runtime.limits.model_dump()), keep=keep, prefix=prefix)
    route = Mount(prefix, _WithoutPrefix(api, prefix), name="threadkeep")
    async with api.router.lifespan_context(api):
        if api.state.opened.done():
            api.state.opened.result()  # such as an admin key in the settings that cannot be accepted
        app.router.routes.insert(0, route)
        try:
            yield
        finally:
            app.router.routes.remove(route)


class _WithoutPrefix:
    """ASGI middleware: the application behind it sees each path as if nothing had mounted it."""

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app = app
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with the rest of its path."""
        path: str = scope["path"]
        root: str = scope["root_path"]  # a proxy may have removed the part of its path in front of the prefix
        rest = path.removeprefix(root if path.startswith(root) else self._prefix)
        inner = {**scope, "path": rest, "root_path": "", "app_root_path": ""}
        if "raw_path" in scope:
            removed = path[: len(path) - len(rest)].count("/")
            inner["raw_path"] = b"/" + b"/".join(scope["raw_path"].split(b"/")[removed + 1 :])
        await self._app(inner, receive, send)
