"""Uvicorn's HTTP protocol with bounds on what a client may take: time to send, time to read, headers, connections."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from ..settings import Settings

_MOST_HEADER_BYTES = 64 * 1024
_LEAST_PROGRESS = 64 * 1024
"""What a client must read of an answer while patience lasts."""
_COME_AGAIN = [(b"retry-after", b"1"), (b"connection", b"close"), (b"content-length", b"0")]
_BUSY = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
_TOO_LONG = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


def protocol_for(settings: Settings) -> type[HttpToolsProtocol]:
    """The protocol with the bounds of these settings: uvicorn makes one object of it for each connection."""

    class BoundedProtocol(_BoundedProtocol):
        patience = settings.receive_timeout_seconds
        most_connections = settings.max_client_connections

    return BoundedProtocol


class _BoundedProtocol(HttpToolsProtocol):
    """Ends connections that would hold a place for nothing, and the work of clients that have gone."""

    patience: float
    most_connections: int

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._sending: asyncio.TimerHandle | None = None
        self._reading: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._in_headers = False
        self._header_bytes = 0

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for the first request."""
        super().connection_made(transport)
        if len(self.connections) > self.most_connections:
            transport.write(_BUSY)
            transport.close()
            return
        self._await_client()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the work for a client that has gone: wherever it stops, it leaves nothing half-done that is visible."""
        self._stop_awaiting()
        self.resume_writing()
        unanswered = self.cycle is not None and not self.cycle.response_complete
        super().connection_lost(exc)
        if unanswered and self._task is not None:
            self._task.cancel()

    def data_received(self, data: bytes) -> None:
        """Read; what comes when nothing is being worked on must come to a request in time."""
        super().data_received(data)
        if self._in_headers:
            self._header_bytes += len(data)
            if self._header_bytes > _MOST_HEADER_BYTES:
                self._refuse_headers()
        if self._sending is None and (self.cycle is None or self.cycle.response_complete):
            self._await_client()

    def on_message_begin(self) -> None:
        """The request's headers must be there in time."""
        super().on_message_begin()
        self._in_headers = True
        self._header_bytes = 0
        self._await_client()

    def on_url(self, url: bytes) -> None:
        """Count it with the headers."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count what has come of the headers."""
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The body has a time limit of its own, where it is read."""
        self._in_headers = False
        self._stop_awaiting()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Nothing more is to come of it: the connection may stay open."""
        self._stop_awaiting()
        super().on_message_complete()

    def pause_writing(self) -> None:
        """The client does not read as fast as it is sent to."""
        super().pause_writing()
        self._await_progress(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """It reads."""
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Say that it was no request, unless something better was said."""
        if not self.transport.is_closing():
            super().send_400_response(msg)

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        task = self.loop.create_task(cycle.run_asgi(_cancellable(app, cycle)))
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)
        self._task = task

    def _count(self, more: int) -> None:
        self._header_bytes += more
        if self._header_bytes > _MOST_HEADER_BYTES:
            self._refuse_headers()
            raise ValueError("The headers of the request are too long.")

    def _refuse_headers(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(_TOO_LONG)
            self.transport.close()

    def _await_client(self) -> None:
        self._stop_awaiting()
        self._sending = self.loop.call_later(self.patience, self.transport.abort)

    def _stop_awaiting(self) -> None:
        if self._sending is not None:
            self._sending.cancel()
            self._sending = None

    def _await_progress(self, unread: int) -> None:
        self._reading = self.loop.call_later(self.patience, self._require_progress, unread)

    def _require_progress(self, unread: int) -> None:
        left = self.transport.get_write_buffer_size()
        if left > unread - _LEAST_PROGRESS:
            self.transport.abort()
        else:
            self._await_progress(left)


def _cancellable(app: ASGIApp, cycle: Any) -> ASGIApp:
    """The application, for which being cancelled is no fault: its client has gone, or the process must stop."""

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        except asyncio.CancelledError:
            if not cycle.disconnected and not cycle.response_started:
                await send({"type": "http.response.start", "status": 503, "headers": _COME_AGAIN})
                await send({"type": "http.response.body"})

    return run
