"""The Swagger UI pages that show an API and send requests to it. They work without access to the internet."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from fastapi.openapi.docs import get_swagger_ui_html
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.requests import Request
    from starlette.responses import Response

ASSETS = "/docs/assets"


def add_documentation(app: FastAPI, *, openapi_url: str, prefix: str = "", with_assets: bool = True) -> None:
    """Add the documentation page at `/docs`, and with `with_assets` the scripts and styles of all such pages.

    `prefix` is the path below which another application mounts Threadkeep: browsers need it in front of each URL.
    """
    assets = f"{prefix}{ASSETS}"

    async def page(_: Request) -> Response:
        return get_swagger_ui_html(
            openapi_url=f"{prefix}{openapi_url}",
            title=f"{app.title}: API",
            swagger_js_url=f"{assets}/swagger-ui-bundle.js",
            swagger_css_url=f"{assets}/swagger-ui.css",
            swagger_favicon_url=f"{assets}/favicon.png",
        )

    app.router.routes.append(Route("/docs", page, include_in_schema=False))
    if with_assets:
        folder = str(files("fastapi_offline") / "static")
        app.router.routes.append(Mount(ASSETS, StaticFiles(directory=folder)))
