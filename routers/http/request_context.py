"""Middleware around the whole application: gives each request an id, an admission slot and a log line."""

from __future__ import annotations

import re
import time
from contextvars import ContextVar
from typing import TYPE_CHECKING

from ...errors import Overloaded
from ...ids import new_id
from ...log_events import log_events
from .admission import SLOT, Admission
from .headers import header
from .route import send_json

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from ...settings import Settings
    from .boundary import ErrorRenderer
    from .request_metrics import Metrics

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the current request. Every log line has it."""
_ID = re.compile(rb"[A-Za-z0-9._-]{1,128}")
_SECURITY = [
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
]
_WITHOUT_ADMISSION = frozenset({"/healthz", "/readyz"})
_log = log_events("threadkeep.http")


class RequestContext:
    """ASGI middleware: gives each request an id, limits the load, adds headers, and records how each request ended."""

    def __init__(
        self, app: ASGIApp, *, settings: Settings, renderers: dict[str, ErrorRenderer], metrics: Metrics
    ) -> None:
        """`renderers` maps path prefixes to the renderers of their APIs. The longest prefix comes first."""
        self._metrics = metrics
        self._app = app
        self._renderers = renderers
        self._admission = Admission(settings)
        self._access_log = settings.access_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request. Answer with `Overloaded` if the process has no slot for it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
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

        if scope["path"] in _WITHOUT_ADMISSION:
            scope[SLOT] = self._admission.uncounted_slot()
            await self._app(scope, receive, send_with_headers)
            return
        slot = await self._admission.admit()
        if slot is None:
            self._metrics.refused += 1
            await self._refuse(scope, send_with_headers)
            return
        scope[SLOT] = slot
        try:
            await self._app(scope, receive, send_with_headers)
        finally:
            slot.close()
            self._record(scope, status, time.perf_counter() - began)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        route = route_of(scope)
        self._metrics.record(scope["method"], route, status, seconds)
        if self._access_log:
            _log.info("request", method=scope["method"], route=route, status=status, ms=round(seconds * 1000, 1))

    async def _refuse(self, scope: Scope, send: Send) -> None:
        render = next(renderer for prefix, renderer in self._renderers.items() if scope["path"].startswith(prefix))
        status, payload, headers = render(Overloaded())
        await send_json(send, status, payload, headers)


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
