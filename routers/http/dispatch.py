"""Finds the route of a request by the parts of its path, where FastAPI tries one pattern after the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from starlette.convertors import StringConvertor
from starlette.routing import Mount

from .route import FastRoute

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp, Receive, Scope, Send


@dataclass(frozen=True, slots=True)
class _Line:
    """One route for one method: which parts of the path are fixed, and which are its parameters."""

    route: FastRoute
    fixed: tuple[tuple[int, str], ...]
    parameters: tuple[tuple[str, int], ...]

    def parameters_in(self, parts: list[str]) -> dict[str, Any] | None:
        """The path's parameters, if it is this route's."""
        for place, text in self.fixed:
            if parts[place] != text:
                return None
        found: dict[str, Any] = {name: parts[place] for name, place in self.parameters}
        return found if all(found.values()) else None


class DispatchTable:
    """ASGI middleware, the innermost: gives a request straight to its `FastRoute` or mounted door.

    FastAPI's own way there costs more than the rest of a small request (`docs/performance.md`). What is not found here
    (routes of other kinds, paths and methods that are not served) goes that way. Routes win in the order in which they were
    declared, as they do there.
    """

    def __init__(self, app: ASGIApp, *, routes: Sequence[BaseRoute]) -> None:
        self._app = app
        # Mounted files leave it to Starlette to say that one is not there; mounted doors word their own errors.
        doors = [route for route in routes if isinstance(route, Mount) and isinstance(route.app, FastAPI)]
        self._mounts = tuple((f"{door.path}/", door) for door in doors)
        self._lines: dict[tuple[str, int], list[_Line]] = {}
        for route in routes:
            if isinstance(route, FastRoute) and (line := _line(route)) is not None:
                for method in route.methods or ():
                    self._lines.setdefault((method, route.path.count("/")), []).append(line)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request."""
        route = self._route_of(scope) if scope["type"] == "http" else None
        if route is None:
            await self._app(scope, receive, send)
        else:
            await route.handle(scope, receive, send)

    def _route_of(self, scope: Scope) -> BaseRoute | None:
        """The route that serves the request, noted in the scope as Starlette does it; None if this does not know it."""
        path: str = scope["path"].removeprefix(scope.get("root_path", ""))
        parts = path.split("/")
        for line in self._lines.get((scope["method"], len(parts) - 1), ()):
            parameters = line.parameters_in(parts)
            if parameters is not None:
                scope["route"] = line.route
                scope["endpoint"] = line.route.endpoint
                scope["path_params"] = parameters
                return line.route
        for prefix, mount in self._mounts:
            if path.startswith(prefix):
                scope.update(mount.matches(scope)[1])
                return mount
        return None


def _line(route: FastRoute) -> _Line | None:
    """How the route is recognised; None where its pattern is more than whole parts of a path."""
    if any(type(convertor) is not StringConvertor for convertor in route.param_convertors.values()):
        return None
    parts = list(enumerate(route.path_format.split("/")))
    names = {f"{{{name}}}": name for name in route.param_convertors}
    parameters = tuple((names[part], place) for place, part in parts if part in names)
    fixed = tuple((place, part) for place, part in parts if part not in names)
    return _Line(route, fixed, parameters) if len(parameters) == len(names) else None
