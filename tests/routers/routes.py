"""Lists the routes of the application, also those of mounted applications."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from fastapi.routing import APIRoute
from starlette.routing import Mount, Route

from threadkeep.app import create_app
from threadkeep.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fastapi import FastAPI
    from starlette.routing import BaseRoute


class Entry(NamedTuple):
    """One method of one path, with its route."""

    method: str
    path: str
    route: APIRoute

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def application() -> FastAPI:
    """Return the application without a connection."""
    return create_app(Settings(_env_file=None))


def api_routes(routes: Sequence[BaseRoute], prefix: str = "") -> Iterator[Entry]:
    """Yield all routes of the APIs, also below mounts."""
    for route in routes:
        if isinstance(route, APIRoute):
            for method in sorted(route.methods or ()):
                yield Entry(method, prefix + route.path, route)
        elif isinstance(route, Mount):
            yield from api_routes(route.routes, prefix + route.path)


def other_routes(routes: Sequence[BaseRoute], prefix: str = "") -> Iterator[str]:
    """Yield the paths of all other routes: pages, descriptions, files."""
    for route in routes:
        if isinstance(route, Mount):
            yield from other_routes(route.routes, prefix + route.path) if route.routes else [prefix + route.path]
        elif isinstance(route, Route) and not isinstance(route, APIRoute):
            yield prefix + route.path


ENTRIES = tuple(api_routes(application().routes))
NATIVE = tuple(entry for entry in ENTRIES if not entry.path.startswith("/openai/"))
