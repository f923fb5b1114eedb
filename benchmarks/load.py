"""Sends requests over a fixed number of connections and times the answers. Each connection sends one request at a time.

It runs in the process of the benchmark, not in a measured process, and takes about 20 µs a request.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import httptools

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_PATIENCE_SECONDS = 60.0
_SLOWEST_SECONDS = 0.1


class Refused(RuntimeError):
    """A request was not answered with 2xx, so the figures of the run are not valid."""


@dataclass
class Answers:
    """The answers of a run: the seconds of each answer and of the whole run."""

    seconds: list[float] = field(default_factory=list)
    elapsed: float = 0.0

    @property
    def count(self) -> int:
        """The number of answers."""
        return len(self.seconds)

    @property
    def per_second(self) -> float:
        """Answers per second."""
        return self.count / self.elapsed

    def percentile(self, share: float) -> float:
        """The seconds within which this share of the answers arrived."""
        return sorted(self.seconds)[min(self.count - 1, int(self.count * share))]


class Load:
    """Connections to one address, which stay open between runs."""

    def __init__(self, port: int, connections: int, *, host: str = "127.0.0.1") -> None:
        self._address = (host, port)
        self._count = connections
        self._connections: list[_Connection] = []

    async def __aenter__(self) -> Self:
        await self._connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        for connection in self._connections:
            connection.close()

    async def _connect(self) -> None:
        """Open the connections that are missing. A server closes connections that are idle while another server is measured."""
        self._connections = [connection for connection in self._connections if connection.is_open]
        while len(self._connections) < self._count:
            _, connection = await asyncio.get_running_loop().create_connection(_Connection, *self._address)
            self._connections.append(connection)

    async def run(self, requests: Sequence[bytes], *, seconds: float = 0.0, count: int = 0) -> Answers:
        """Send the requests again and again, for `seconds` or until `count` were sent.

        Raises `Refused` if a request is not answered with 2xx.
        """
        await self._connect()
        run = _Run(itertools.cycle(requests), seconds, count)
        run.expect(len(self._connections))
        for connection in self._connections:
            connection.begin(run)
        async with asyncio.timeout(_PATIENCE_SECONDS + seconds + count * _SLOWEST_SECONDS):
            await run.done
        run.answers.elapsed = time.perf_counter() - run.began
        return run.answers


class _Run:
    """The shared state of the connections in one run."""

    def __init__(self, requests: Iterator[bytes], seconds: float, count: int) -> None:
        self.answers = Answers()
        self.began = time.perf_counter()
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._requests = itertools.islice(requests, count) if count else requests
        self._deadline = self.began + seconds if seconds else float("inf")
        self._busy = 0

    def expect(self, connections: int) -> None:
        """Set the number of connections in this run."""
        self._busy = connections

    def next(self, moment: float) -> bytes | None:
        """The next request, or None if the run is over."""
        return None if moment >= self._deadline else next(self._requests, None)

    def leave(self) -> None:
        """Note that one connection has finished. The last one ends the run."""
        self._busy -= 1
        if not self._busy and not self.done.done():
            self.done.set_result(None)

    def fail(self, error: Exception) -> None:
        """End the run at once with this error."""
        if not self.done.done():
            self.done.set_exception(error)


class _Connection(asyncio.Protocol):
    """One connection: it sends a request, reads the answer, and sends the next request."""

    def __init__(self) -> None:
        self._run: _Run | None = None
        self._sent = 0.0
        self._body = b""

    @property
    def is_open(self) -> bool:
        """Whether nobody has closed the connection."""
        return not self._transport.is_closing()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._parser = httptools.HttpResponseParser(self)

    def begin(self, run: _Run) -> None:
        """Send the first request of a run."""
        self._run = run
        self._send(time.perf_counter())

    def close(self) -> None:
        """Close the connection."""
        self._run = None
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._run is not None:
            self._run.fail(exc or ConnectionResetError("The server closed a connection."))

    def on_body(self, body: bytes) -> None:
        """Keep the body for the text of `Refused`. The parser calls this."""
        self._body = body

    def on_message_complete(self) -> None:
        """Time the answer and send the next request. The parser calls this when an answer is complete."""
        moment = time.perf_counter()
        status = self._parser.get_status_code()
        if self._run is None:
            return
        if not 200 <= status < 300:  # noqa: PLR2004 - 2xx
            self._run.fail(Refused(f"{status}: {self._body[:500].decode(errors='replace')}"))
            return
        self._run.answers.seconds.append(moment - self._sent)
        self._send(moment)

    def _send(self, moment: float) -> None:
        assert self._run is not None  # noqa: S101 - for the type checker
        request = self._run.next(moment)
        if request is None:
            run, self._run = self._run, None
            run.leave()
            return
        self._sent = moment
        self._transport.write(request)


def request(method: str, path: str, *, key: str = "", body: bytes = b"") -> bytes:
    """The bytes of an HTTP request."""
    lines = [f"{method} {path} HTTP/1.1", "host: bench", "accept: */*"]
    lines += [f"authorization: Bearer {key}"] if key else []
    lines += ["content-type: application/json", f"content-length: {len(body)}"] if body else []
    return "\r\n".join([*lines, "", ""]).encode() + body
