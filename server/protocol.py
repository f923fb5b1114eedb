"""Uvicorn's HTTP protocol with limits for clients: time and rate of sending and reading, headers, pipelining, connections.

A connection that has sent no valid API key gives way. At the limit of connections, the connection of this kind that has been
silent for longest is closed for a new one. So strangers cannot keep others out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ..routers.http import CONNECTION
from .cancelled_requests import cancellable
from .first_write import FirstWrite
from .giving_way import first_to_give_way
from .timeouts import Timeout

if TYPE_CHECKING:
    import asyncio
    from collections import Counter

_MAX_HEADER_BYTES = 64 * 1024
_MAX_PIPELINED = 8
"""Requests that may wait on one connection for the answer to the one before."""
_MAX_DISCARDED_BYTES = 1024 * 1024
"""Bytes of a body that may still arrive after its request was answered, for example with 401."""
_PIECE_COST = 512
"""The time for one piece of a body, in bytes: a piece costs as much time as so many bytes."""
_MAX_SMALL_PIECES = 10_000
"""The most pieces of a body that may be smaller than `_PIECE_COST`."""
UNREAD_BYTES = 64 * 1024
"""The bytes of a response that a client must read between two looks."""
_BUSY = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
_TOO_LONG = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class BoundedProtocol(HttpToolsProtocol):
    """Ends connections of clients that are too slow, and cancels the work for clients that have disconnected."""

    timeout_seconds: float
    read_seconds: float
    """How long a client may take to read 64 KiB of a response."""
    response_seconds: float
    """How long a client may take to read a whole response."""
    max_connections: int
    ended: Counter[str]
    """How many connections of the process were ended, by the limit that they exceeded."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_authenticated = False
        """Whether a request of this connection had a valid API key. Such a connection does not give way."""
        self.active_at = self.loop.time()
        self._sending = Timeout(self.loop, self._abort_slow_request)
        self._reading = Timeout(self.loop, self._require_progress)
        self._responding = Timeout(self.loop, self._abort_slow_response)
        self._leaving = Timeout(self.loop, self._leave_unanswered)
        self._task: asyncio.Task[None] | None = None
        self._running: Any = None
        """The request that the application is answering, or the last one that it answered."""
        self._is_half_closed = False
        """Whether the client has closed its side: it sends nothing more, and may still read."""
        self.owner: str | None = None
        """The owner of the valid API key of this connection's requests."""
        self._in_headers = False
        self._header_bytes = 0
        self._head_bytes = 0
        self._discarded = 0
        self._small_pieces = 0

    def connection_made(self, transport: Any) -> None:
        """Start the timeout for the first request. At the limit, close another connection, or refuse this one."""
        super().connection_made(transport)
        open_connections = sum(not other.transport.is_closing() for other in self.connections)
        if open_connections > self.max_connections and not self._make_room():
            self.ended["too_many"] += 1
            transport.write(_BUSY)
            transport.close()
            return
        self._await_client()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the work for a client that has disconnected. Cancelled work leaves no visible partial write.

        The references between the connection and its requests are cut, so that their memory is free at once.
        """
        for timeout in (self._sending, self._reading, self._responding, self._leaving):
            timeout.stop()
        super().resume_writing()
        unanswered = self.cycle is not None and not self.cycle.response_complete
        super().connection_lost(exc)
        self.pipeline.clear()
        if unanswered and self._task is not None:
            self._task.cancel()
        if self._running is not None:
            self._running.disconnected = True
            self._running.transport.drop()
        self._task = self._running = None
        if self.cycle is not None:
            self.cycle.on_response = lambda: None  # nobody reads the response
            self.cycle = None  # type: ignore[assignment]
        self.scope = None  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        """Parse the data. Between requests, data must become a complete request within the timeout."""
        if self.transport.is_closing():
            return
        self.active_at = self.loop.time()
        super().data_received(data)
        if self._in_headers:  # a header that never ends gives no callback
            self._head_bytes += len(data)
            if self._head_bytes > 2 * _MAX_HEADER_BYTES:
                self._refuse_headers()
        if not self._sending.is_running and (self.cycle is None or self.cycle.response_complete):
            self._await_client()

    def eof_received(self) -> bool:  # type: ignore[override]  # True keeps the connection open for answers
        """Answer the requests that have arrived whole, then close. Without such a request, close at once.

        A client that has only closed its side looks like one that has left. So its request goes on, but not for longer than
        `timeout_seconds` without an answer.
        """
        self._is_half_closed = True
        self._flush()
        self._sending.stop()
        if self.pipeline and self.cycle.more_body:
            self.pipeline.popleft()  # this request will never be complete
        elif self._running is None or self._running.response_complete or self._running.more_body:
            return False
        self._await_answer()
        return True

    def on_message_begin(self) -> None:
        """Start the timeout for the headers of the request."""
        super().on_message_begin()
        scope: Any = self.scope
        scope[CONNECTION] = self
        self._in_headers = True
        self._header_bytes = self._head_bytes = 0
        self._discarded = self._small_pieces = 0
        self._await_client()

    def on_url(self, url: bytes) -> None:
        """Count the URL as part of the headers."""
        self._header_bytes += len(url)
        if self._header_bytes > _MAX_HEADER_BYTES:
            self._end_long_headers()
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count the bytes of the header. A trailer, behind the body, is ignored: it is not checked like a header."""
        self._header_bytes += len(name) + len(value)  # no function for both: this runs for each header
        if self._header_bytes > _MAX_HEADER_BYTES:
            self._end_long_headers()
        if self._in_headers:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """End the timeout of the headers. The code that reads the body has its own timeout."""
        self._in_headers = False
        self._sending.stop()
        if len(self.pipeline) >= _MAX_PIPELINED:
            self._end("pipelined")  # an error sent now would look like the answer to the first request
            raise ValueError("Too many requests were sent before their answers.")
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Discard a body whose request is answered already, up to a limit: most clients send a body before they read."""
        if self.is_idle():
            self._discarded += len(body) + _PIECE_COST
        elif len(body) < _PIECE_COST:
            self._small_pieces += 1
        if self._discarded > _MAX_DISCARDED_BYTES or self._small_pieces > _MAX_SMALL_PIECES:
            self._end("body")
            raise ValueError("The body comes in too many pieces, or nobody waits for it.")
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End the timeout: the request is complete, and the connection may stay open."""
        self._sending.stop()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """End the timeout of the response. After the last answer, close the connection of a client that sends nothing more."""
        self._responding.stop()
        self._flush()  # the answer to HEAD has no second write
        super().on_response_complete()
        if self._is_half_closed and self._running.response_complete:
            self.transport.close()

    def pause_writing(self) -> None:
        """Start the timeouts for reading: the client reads more slowly than the server sends."""
        super().pause_writing()
        self._await_progress(self.transport.get_write_buffer_size())
        if not self._responding.is_running:
            self._responding.start(self.response_seconds)

    def resume_writing(self) -> None:
        """End the timeout for reading: the client has caught up."""
        self._reading.stop()
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Answer 400 for an invalid request, unless another response was already sent."""
        if not self.transport.is_closing():
            self._flush()
            super().send_400_response(msg)

    def take_body(self, most: int) -> bytes | None:
        """The body of the running request, once. None if it has not arrived whole, or has more than `most` bytes."""
        cycle = self._running
        if cycle is None or cycle.more_body or cycle.disconnected or len(cycle.body) > most:
            return None
        self.flow.resume_reading()  # else nobody notices that a client with further requests has left
        body, cycle.body = bytes(cycle.body), bytearray()
        return body

    def is_worked_on(self) -> bool:
        """Whether a request of this connection has arrived whole and is not answered yet."""
        return not self.is_idle() and not self.cycle.more_body

    def is_idle(self) -> bool:
        """Whether no request of this connection is being answered."""
        return self.cycle is None or self.cycle.response_complete

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        cycle.transport = FirstWrite(self.transport, self.loop)
        task = self.loop.create_task(cycle.run_asgi(cancellable(app, cycle)))
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)
        self._task = task
        self._running = cycle
        if self._is_half_closed:
            self._await_answer()

    def _flush(self) -> None:
        """Write the head of the running response, if it is held. Nothing may be written before it."""
        if self._running is not None:
            self._running.transport.flush()

    def _make_room(self) -> bool:
        """Close one other connection, if one may give way. Returns whether it did."""
        others = [one for one in self.connections if one is not self and not one.transport.is_closing()]
        chosen = first_to_give_way(others)
        if chosen is None:
            return False
        chosen._end("gave_way")  # noqa: SLF001 - its class
        return True

    def _end_long_headers(self) -> NoReturn:
        self._refuse_headers()
        raise ValueError("The headers of the request are too long.")

    def _refuse_headers(self) -> None:
        if not self.transport.is_closing():
            self.ended["headers"] += 1
            self._flush()
            self.transport.write(_TOO_LONG)
            self.transport.close()

    def _end(self, limit: str) -> None:
        self.ended[limit] += 1
        self.transport.abort()

    def _abort_slow_request(self) -> None:
        self._end("slow_request")

    def _abort_slow_response(self) -> None:
        self._end("slow_response")

    def _await_client(self) -> None:
        self._sending.start(self.timeout_seconds)

    def _await_answer(self) -> None:
        self._leaving.start(self.timeout_seconds)

    def _leave_unanswered(self) -> None:
        """End a half-closed connection whose answer has not begun."""
        if self._running is not None and not self._running.response_started:
            self.transport.abort()

    def _await_progress(self, unread: int) -> None:
        self._reading.start(self.read_seconds, unread)

    def _require_progress(self, unread: int) -> None:
        """End the connection if the client has read too little since the last look."""
        left = self.transport.get_write_buffer_size()
        if left > unread - UNREAD_BYTES:
            self._end("slow_response")
        else:
            self._await_progress(left)
