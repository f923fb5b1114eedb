"""Ends the work for a request whose client has left, or whose process stops."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

_RETRY_LATER = [(b"retry-after", b"1"), (b"connection", b"close"), (b"content-length", b"0")]


def cancellable(app: ASGIApp, cycle: Any) -> ASGIApp:
    """The application, which does not log an error when it is cancelled because the client left or the process stops."""

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        except asyncio.CancelledError:
            if not cycle.disconnected and not cycle.response_started:
                await send({"type": "http.response.start", "status": 503, "headers": _RETRY_LATER})
                await send({"type": "http.response.body"})

    return run
