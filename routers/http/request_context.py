"""The outermost of every request: its id, its share of the process, and the headers of every answer."""

from __future__ import annotations

import re
import time
from contextvars import ContextVar
from typing import TYPE_CHECKING

from ...errors import Overloaded
from ...ids import new_id
from ...log_events import log_events
from .admission import SLOT, Admission
from .body import header
from .route import send_json

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from ...settings import Settings
    from .boundary import ErrorRenderer
    from .request_metrics import Metrics

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request that is being worked on; in every log line."""
_ID = re.compile(rb"[A-Za-z0-9._-]{1,128}")
_SECURITY = [
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
]
_ALWAYS_LET_IN = frozenset({"/healthz", "/readyz"})
_log = log_events("threadkeep.http")


class RequestContext:
    """ASGI middleware: gives each request an id, lets in as many as the process takes, and notes how each ended."""

    def __init__(
        self, app: ASGIApp, *, settings: Settings, renderers: dict[str, ErrorRenderer], metrics: Metrics
    ) -> None:
        """`renderers` gives the dialect of each path prefix, the longest first."""
        self._metrics = metrics
        self._app = app
        self._renderers = renderers
        self._admission = Admission(settings)
        self._access_log = settings.access_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request, or answer at once that there is too much to do."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = request_id_of(scope)
        REQUEST_ID.set(request_id)
        added = [(b"x-request-id", request_id.encode()), *_SECURITY]
        began = time.perf_counter()
        status = 0

        async def framed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *added]
            await send(message)

        if scope["path"] in _ALWAYS_LET_IN:
            scope[SLOT] = self._admission.beside()
            await self._app(scope, receive, framed)
            return
        slot = await self._admission.admit()
        if slot is None:
            self._metrics.refused += 1
            await self._refuse(scope, framed)
            return
        scope[SLOT] = slot
        try:
            await self._app(scope, receive, framed)
        finally:
            slot.end()
            self._note(scope, status, time.perf_counter() - began)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = route_of(scope)
        self._metrics.note(scope["method"], route, status, seconds)
        if self._access_log:
            _log.info("request", method=scope["method"], route=route, status=status, ms=round(seconds * 1000, 1))

    async def _refuse(self, scope: Scope, send: Send) -> None:
        renderer = next(words for prefix, words in self._renderers.items() if scope["path"].startswith(prefix))
        status, payload, headers = renderer(Overloaded())
        await send_json(send, status, payload, headers)


def route_of(scope: Scope) -> str:
    """The path's pattern: paths themselves may hold ids, and stay out of the log."""
    path = getattr(scope.get("route"), "path", None)
    return "" if path is None else f"{scope.get('root_path', '')}{path}"


def request_id_of(scope: Scope) -> str:
    """The id that the client gave the request, if it is a harmless one, or a new one."""
    sent = header(scope, b"x-request-id")
    if sent is not None and _ID.fullmatch(sent):
        return sent.decode()
    return new_id("req")
