"""A network between Threadkeep and MongoDB: a TCP proxy that delays each answer."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHUNK = 1 << 20


@contextmanager
def delayed(url: str, seconds: float) -> Iterator[str]:
    """The URL of the same MongoDB, whose answers arrive later by so many seconds."""
    parts = urlsplit(url)
    proxy = _Proxy(parts.hostname or "", parts.port or 27017, seconds)
    with proxy.running() as port:
        login = parts.netloc.rpartition("@")[0]
        yield parts._replace(netloc=f"{login}@127.0.0.1:{port}" if login else f"127.0.0.1:{port}").geturl()


class _Proxy:
    """Runs in a thread with an event loop of its own, so that it adds no work to the measured loop."""

    def __init__(self, host: str, port: int, seconds: float) -> None:
        self._upstream = host, port
        self._seconds = seconds
        self._loop = asyncio.new_event_loop()
        self._port = 0

    @contextmanager
    def running(self) -> Iterator[int]:
        """Run until the end of the context. Yields the port."""
        started, ending = threading.Event(), asyncio.Event()
        thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(started, ending),))
        thread.start()
        started.wait()
        try:
            yield self._port
        finally:
            self._loop.call_soon_threadsafe(ending.set)
            thread.join()
            self._loop.close()

    async def _serve(self, started: threading.Event, ending: asyncio.Event) -> None:
        tasks = set[asyncio.Task[None]]()

        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            tasks.add(asyncio.create_task(self._connect(reader, writer)))

        server = await asyncio.start_server(accept, "127.0.0.1", 0)
        self._port = server.sockets[0].getsockname()[1]
        started.set()
        await ending.wait()
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream, sink = await asyncio.open_connection(*self._upstream)
        with suppress(ConnectionError):
            await asyncio.gather(_pass(reader, sink, 0), _pass(upstream, writer, self._seconds))


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float) -> None:
    try:
        while chunk := await reader.read(_CHUNK):
            await asyncio.sleep(seconds)
            writer.write(chunk)
            await writer.drain()
    finally:
        writer.close()
