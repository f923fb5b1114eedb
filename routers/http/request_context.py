"""Middleware around the whole application: gives each request an id and a log line, and records how it ended."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from ...ids import new_id
from ...log_events import REQUEST_ID, log_events
from .headers import header
from .startup_failures import without_traceback

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from ...settings import Settings
    from .request_metrics import Metrics

_ID = re.compile(rb"[A-Za-z0-9._-]{1,128}")
_SECURITY = [
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
]
_UNRECORDED = frozenset({"/healthz", "/readyz"})
_log = log_events("threadkeep.http")


class RequestContext:
    """ASGI middleware: gives each request an id, adds headers, and records how each request ended."""

    def __init__(self, app: ASGIApp, *, settings: Settings, metrics: Metrics) -> None:
        self._metrics = metrics
        self._app = app
        self._access_log = settings.access_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request."""
        if scope["type"] != "http":
            await self._app(scope, receive, without_traceback(send))
            return
        request_id = request_id_of(scope)
        REQUEST_ID.set(request_id)
        added = [(b"x-request-id", request_id.encode()), *_SECURITY]
        began = time.perf_counter()
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *added]
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        finally:
            if scope["path"] not in _UNRECORDED:
                self._record(scope, status, time.perf_counter() - began)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        route = route_of(scope)
        self._metrics.record(scope["method"], route, status, seconds)
        if self._access_log:
            _log.info("request", method=scope["method"], route=route, status=status, ms=round(seconds * 1000, 1))


def route_of(scope: Scope) -> str:
    """The pattern of the path. The log does not contain paths, because they may contain ids."""
    path = getattr(scope.get("route"), "path", None)
    return "" if path is None else f"{scope.get('root_path', '')}{path}"


def request_id_of(scope: Scope) -> str:
    """The id in `X-Request-Id` if it has 1 to 128 of the characters `A-Z a-z 0-9 . _ -`, or else a new id."""
    sent = header(scope, b"x-request-id")
    if sent is not None and _ID.fullmatch(sent):
        return sent.decode()
    return new_id("req")
