"""Uvicorn's HTTP protocol with bounds on what a client may take: time to send, time to read, headers, connections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    import asyncio

    from .settings import Settings

_MOST_HEADER_BYTES = 64 * 1024
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
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._header_bytes = 0

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for the first request."""
        super().connection_made(transport)
        if len(self.connections) > self.most_connections:
            transport.write(_BUSY)
            transport.close()
            return
        self._expect_something()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the work for a client that has gone: wherever it stops, it leaves nothing half-done that is visible."""
        self._stop_timer()
        unanswered = self.cycle is not None and not self.cycle.response_complete
        super().connection_lost(exc)
        if unanswered and self._task is not None:
            self._task.cancel()

    def on_message_begin(self) -> None:
        """The request's headers must be there in time."""
        super().on_message_begin()
        self._header_bytes = 0
        self._expect_something()

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
        self._stop_timer()
        super().on_headers_complete()

    def pause_writing(self) -> None:
        """The client does not read as fast as it is sent to: for so long, and no longer."""
        super().pause_writing()
        self._expect_something()

    def resume_writing(self) -> None:
        """It reads."""
        self._stop_timer()
        super().resume_writing()

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        task = self.loop.create_task(cycle.run_asgi(app))
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)
        self._task = task

    def _count(self, more: int) -> None:
        self._header_bytes += more
        if self._header_bytes > _MOST_HEADER_BYTES:
            self.transport.write(_TOO_LONG)
            self.transport.close()
            raise ValueError("The headers of the request are too long.")

    def _expect_something(self) -> None:
        self._stop_timer()
        self._timer = self.loop.call_later(self.patience, self.transport.abort)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
