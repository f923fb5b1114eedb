"""The Swagger UI pages that show an API and send requests to it. They work without access to the internet."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import PurePosixPath
from posixpath import relpath
from typing import TYPE_CHECKING, ClassVar

import orjson
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.routing import Mount, Route

from .not_found import PathNotFound
from .responses import send_bytes

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

ASSETS = "/docs/assets"
_FILES = frozenset({"swagger-ui-bundle.js", "swagger-ui.css", "favicon.png"})


class _Assets:
    """Serves the files of the documentation page from memory. Each slow reader costs a buffer, and no open file."""

    _media_types: ClassVar = {".js": b"text/javascript", ".css": b"text/css", ".png": b"image/png"}

    def __init__(self) -> None:
        self._read = cache(self._load)

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Send the file that the last part of the path names. Raises `PathNotFound`."""
        name = scope["path"].rpartition(f"{ASSETS}/")[2]
        if name not in _FILES or scope["method"] not in ("GET", "HEAD"):
            raise PathNotFound
        await send_bytes(send, 200, self._read(name), [], media_type=self._media_types[PurePosixPath(name).suffix])

    def _load(self, name: str) -> bytes:
        return (files("fastapi_offline") / "static" / name).read_bytes()


class _Endpoint:
    """An ASGI application as the endpoint of a route: Starlette wraps functions, and calls objects as they are."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


def add_documentation(app: FastAPI, *, openapi_url: str, prefix: str = "", with_assets: bool = True) -> None:
    """Add the OpenAPI description, which is built once, and the documentation page at `/docs`.

    With `with_assets`, add the scripts and styles of all such pages too.

    `prefix` is the path below which another application mounts Threadkeep: browsers need it in front of each URL. Without
    it, the page has relative URLs, so that it can be read below the path of a proxy.
    """
    folder = PurePosixPath(openapi_url).parent
    assets = f"{prefix}{ASSETS}" if prefix else relpath(ASSETS, folder)
    description_url = f"{prefix}{openapi_url}" if prefix else relpath(openapi_url, folder)

    async def page(_: Request) -> Response:
        return get_swagger_ui_html(
            openapi_url=description_url,
            title=f"{app.title}: API",
            swagger_js_url=f"{assets}/swagger-ui-bundle.js",
            swagger_css_url=f"{assets}/swagger-ui.css",
            swagger_favicon_url=f"{assets}/favicon.png",
        )

    @cache
    def description() -> bytes:
        return orjson.dumps(app.openapi())

    async def openapi(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send_bytes(send, 200, description(), [])

    app.router.routes.append(Route(f"/{openapi_url.rpartition('/')[2]}", _Endpoint(openapi), include_in_schema=False))
    app.router.routes.append(Route("/docs", page, include_in_schema=False))
    if with_assets:
        app.router.routes.append(Mount(ASSETS, _Assets()))
