"""A TCP proxy that can fail in the ways of a network."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Address = tuple[str, int]
_CHUNK = 1 << 16


class Proxy:
    """Passes each connection on to the first upstream that accepts it. Its attributes cause faults.

    With two services as upstreams, it works as a load balancer.
    """

    def __init__(self, upstreams: Sequence[Address]) -> None:
        self._upstreams = upstreams
        self._loop = asyncio.new_event_loop()
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0
        self.refusing = False
        """New connections are closed at once, as if no process listened."""
        self.silent = False
        """No data is passed on in either direction, and the connections stay open."""
        self.mute = False
        """Requests are passed on, and answers are not."""
        self.delay = 0.0
        """Seconds by which each chunk of an answer is delayed."""
        self.accepted = 0
        """The number of connections that clients have opened so far."""

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.port}"

    @property
    def connections(self) -> int:
        """The number of connections that are open now."""
        return len(self._open) // 2

    def cut(self) -> None:
        """Break all connections."""
        self._loop.call_soon_threadsafe(self._abort)

    def _abort(self) -> None:
        for writer in list(self._open):
            writer.transport.abort()

    @contextmanager
    def running(self) -> Iterator[Proxy]:
        """Run in a thread until the end of the context."""
        started, self._ending = threading.Event(), asyncio.Event()
        thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(started),), name="proxy")
        thread.start()
        started.wait()
        try:
            yield self
        finally:
            self._loop.call_soon_threadsafe(self._ending.set)
            thread.join()
            self._loop.close()

    async def _serve(self, started: threading.Event) -> None:
        # `_begin` is no coroutine function: asyncio would log each of its tasks that is cancelled.
        server = await asyncio.start_server(self._begin, "127.0.0.1", 0, backlog=1000)
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        await self._ending.wait()
        server.close()
        self._abort()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = self._loop.create_task(self._connected(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        upstream = None if self.refusing else await self._open_upstream()
        if upstream is None:
            writer.transport.abort()
            return
        ends = {writer, upstream[1]}
        self._open |= ends
        try:
            await self._pass_both(reader, writer, *upstream)
        finally:
            self._open -= ends
            for end in ends:
                end.transport.abort()

    async def _open_upstream(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        for host, port in self._upstreams:
            with suppress(OSError):
                return await asyncio.open_connection(host, port)
        return None

    async def _pass_both(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        upstream_reader: asyncio.StreamReader,
        upstream_writer: asyncio.StreamWriter,
    ) -> None:
        ways = [
            asyncio.ensure_future(self._pass(reader, upstream_writer, answers=False)),
            asyncio.ensure_future(self._pass(upstream_reader, writer, answers=True)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answers: bool) -> None:
        with suppress(OSError):
            while data := await reader.read(_CHUNK):
                await self._hold(answers=answers)
                writer.write(data)
                await writer.drain()

    async def _hold(self, *, answers: bool) -> None:
        """Wait as long as the network does before it passes data on."""
        if answers and self.delay:
            await asyncio.sleep(self.delay)
        while self.silent or (answers and self.mute):  # noqa: ASYNC110 - other threads set these
            await asyncio.sleep(0.01)


@contextmanager
def proxying(*upstreams: Address) -> Iterator[Proxy]:
    """Run a proxy to these upstreams."""
    with Proxy(upstreams).running() as proxy:
        yield proxy
