"""Finds the route of a request by the segments of its path. FastAPI tries one pattern after the other instead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from fastapi import FastAPI
from starlette.convertors import StringConvertor
from starlette.routing import Mount

from .route import FastRoute

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp, Receive, Scope, Send


@dataclass(frozen=True, slots=True)
class _Entry:
    """One route for one method: its fixed segments and its parameters, each with the index in the path."""

    route: FastRoute
    fixed: tuple[tuple[int, str], ...]
    parameters: tuple[tuple[str, int], ...]

    def match(self, segments: list[str]) -> dict[str, Any] | None:
        """The parameters of the path. None if the path does not belong to this route."""
        for index, text in self.fixed:
            if segments[index] != text:
                return None
        found: dict[str, Any] = {name: segments[index] for name, index in self.parameters}
        return found if all(found.values()) else None


class DispatchTable:
    """ASGI middleware, the innermost: passes a request directly to its `FastRoute` or to a mounted application.

    The look-up of FastAPI costs more than the rest of a small request (`docs/performance.md`). Requests that the table does
    not know go through FastAPI: routes of other classes, unknown paths and unknown methods. If several routes match, the
    route that was declared first serves the request, as in FastAPI.
    """

    def __init__(self, app: ASGIApp, *, routes: Sequence[BaseRoute]) -> None:
        self._app = app
        # Starlette renders the errors of mounted files. Mounted applications render their own errors.
        mounts = [route for route in routes if isinstance(route, Mount) and isinstance(route.app, FastAPI)]
        self._mounts = tuple((f"{mount.path}/", mount) for mount in mounts)
        self._entries: dict[tuple[str, int], list[_Entry]] = {}
        for route in routes:
            if isinstance(route, FastRoute) and (entry := _entry(route)) is not None:
                methods = route.methods or ()
                for method in (*methods, *(["HEAD"] if "GET" in methods and "HEAD" not in methods else [])):
                    self._entries.setdefault((method, route.path.count("/")), []).append(entry)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve the request."""
        route = self._route_of(scope) if scope["type"] == "http" else None
        return self._app(scope, receive, send) if route is None else route.handle(scope, receive, send)

    def _route_of(self, scope: Scope) -> BaseRoute | None:
        """The route of the request, or None. The scope gets the same entries that Starlette adds."""
        path: str = scope["path"].removeprefix(scope.get("root_path", ""))
        segments = _segments_of(scope, path)
        for entry in self._entries.get((scope["method"], len(segments) - 1), ()):
            parameters = entry.match(segments)
            if parameters is not None:
                scope["route"] = entry.route
                scope["endpoint"] = entry.route.endpoint
                scope["path_params"] = parameters
                return entry.route
        for prefix, mount in self._mounts:
            if path.startswith(prefix):
                scope.update(mount.matches(scope)[1])
                return mount
        return None


def _segments_of(scope: Scope, path: str) -> list[str]:
    """The segments of the path. An id may contain a slash, which is `%2F` in the path as the client sent it."""
    raw: bytes = scope.get("raw_path") or b""
    if b"%2F" not in raw and b"%2f" not in raw:
        return path.split("/")
    prefix_segments = scope.get("root_path", "").count("/")
    sent = raw.partition(b"?")[0].split(b"/")
    return ["", *(unquote_to_bytes(segment).decode("utf-8", "replace") for segment in sent[prefix_segments + 1 :])]


def _entry(route: FastRoute) -> _Entry | None:
    """The entry of the route. None if a parameter of the pattern is not exactly one segment."""
    if any(type(convertor) is not StringConvertor for convertor in route.param_convertors.values()):
        return None
    segments = list(enumerate(route.path_format.split("/")))
    names = {f"{{{name}}}": name for name in route.param_convertors}
    parameters = tuple((names[segment], index) for index, segment in segments if segment in names)
    fixed = tuple((index, segment) for index, segment in segments if segment not in names)
    return _Entry(route, fixed, parameters) if len(parameters) == len(names) else None
