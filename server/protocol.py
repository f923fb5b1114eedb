"""Uvicorn's HTTP protocol with limits for clients: time to send, time to read, size of headers, number of connections."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from ..settings import Settings

_MOST_HEADER_BYTES = 64 * 1024
_LEAST_PROGRESS = 64 * 1024
"""Bytes of a response that a client must read within `receive_timeout_seconds`."""
_RETRY_LATER = [(b"retry-after", b"1"), (b"connection", b"close"), (b"content-length", b"0")]
_BUSY = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
_TOO_LONG = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


def protocol_for(settings: Settings) -> type[HttpToolsProtocol]:
    """A protocol class with the limits of these settings. Uvicorn creates one object of it for each connection."""

    class BoundedProtocol(_BoundedProtocol):
        timeout_seconds = settings.receive_timeout_seconds
        most_connections = settings.max_client_connections

    return BoundedProtocol


class _BoundedProtocol(HttpToolsProtocol):
    """Ends connections of clients that are too slow, and cancels the work for clients that have disconnected."""

    timeout_seconds: float
    most_connections: int

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._sending: asyncio.TimerHandle | None = None
        self._reading: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._in_headers = False
        self._header_bytes = 0

    def connection_made(self, transport: Any) -> None:
        """Start the timeout for the first request. Refuse the connection if there are too many."""
        super().connection_made(transport)
        if len(self.connections) > self.most_connections:
            transport.write(_BUSY)
            transport.close()
            return
        self._await_client()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the work for a client that has disconnected. Cancelled work leaves no visible partial write."""
        self._stop_awaiting()
        self.resume_writing()
        unanswered = self.cycle is not None and not self.cycle.response_complete
        super().connection_lost(exc)
        if unanswered and self._task is not None:
            self._task.cancel()

    def data_received(self, data: bytes) -> None:
        """Parse the data. Between requests, data must become a complete request within the timeout."""
        super().data_received(data)
        if self._in_headers:
            self._header_bytes += len(data)
            if self._header_bytes > _MOST_HEADER_BYTES:
                self._refuse_headers()
        if self._sending is None and (self.cycle is None or self.cycle.response_complete):
            self._await_client()

    def on_message_begin(self) -> None:
        """Start the timeout for the headers of the request."""
        super().on_message_begin()
        self._in_headers = True
        self._header_bytes = 0
        self._await_client()

    def on_url(self, url: bytes) -> None:
        """Count the URL as part of the headers."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count the bytes of the header."""
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """End the timeout of the headers. The code that reads the body has its own timeout."""
        self._in_headers = False
        self._stop_awaiting()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """End the timeout: the request is complete, and the connection may stay open."""
        self._stop_awaiting()
        super().on_message_complete()

    def pause_writing(self) -> None:
        """Start the timeout for reading: the client reads more slowly than the server sends."""
        super().pause_writing()
        self._await_progress(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """End the timeout for reading: the client has caught up."""
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Answer 400 for an invalid request, unless another response was already sent."""
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
        self._sending = self.loop.call_later(self.timeout_seconds, self.transport.abort)

    def _stop_awaiting(self) -> None:
        if self._sending is not None:
            self._sending.cancel()
            self._sending = None

    def _await_progress(self, unread: int) -> None:
        self._reading = self.loop.call_later(self.timeout_seconds, self._require_progress, unread)

    def _require_progress(self, unread: int) -> None:
        left = self.transport.get_write_buffer_size()
        if left > unread - _LEAST_PROGRESS:
            self.transport.abort()
        else:
            self._await_progress(left)


def _cancellable(app: ASGIApp, cycle: Any) -> ASGIApp:
    """The application, which does not log an error when it is cancelled because the client left or the process stops."""

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        except asyncio.CancelledError:
            if not cycle.disconnected and not cycle.response_started:
                await send({"type": "http.response.start", "status": 503, "headers": _RETRY_LATER})
                await send({"type": "http.response.body"})

    return run
