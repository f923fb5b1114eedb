"""A TCP proxy that loses answers: the service performed the request, and the client gets no answer."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class FlakyProxy:
    """Listens on its own port and forwards everything, except the given numbers of answers and requests."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._loop = asyncio.new_event_loop()
        self.url = ""
        self.requests = 0
        """Number of `POST` requests so far."""
        self.lost_answers = 0
        """Number of answers that are still to be lost."""
        self.loses_first_answers = False
        """Whether the answer to every first try is lost, however the tries of several clients overtake each other."""
        self.lost_requests = 0
        """Number of requests that are still to be lost."""

    @contextmanager
    def running(self) -> Iterator[FlakyProxy]:
        """Run in a thread until the `with` block ends."""
        started = threading.Event()
        thread = threading.Thread(target=lambda: self._loop.run_until_complete(self._serve(started)))
        thread.start()
        started.wait()
        yield self
        self._loop.call_soon_threadsafe(self._stop.set)
        thread.join()
        self._loop.close()

    async def _serve(self, started: threading.Event) -> None:
        self._stop = asyncio.Event()
        self._open: set[asyncio.StreamWriter] = set()
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        started.set()
        await self._stop.wait()
        server.close()
        for writer in list(self._open):
            writer.close()
        await asyncio.gather(*(writer.wait_closed() for writer in list(self._open)), return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._open |= {writer, server_writer}
        first_try = asyncio.Event()
        up = asyncio.ensure_future(self._forward_requests(reader, server_writer, first_try))
        down = asyncio.ensure_future(self._forward_answers(server_reader, writer, first_try))
        try:
            await asyncio.wait([up, down], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for side in (up, down):
                side.cancel()
            for end in (writer, server_writer):
                end.close()
                self._open.discard(end)

    async def _forward_requests(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, first_try: asyncio.Event
    ) -> None:
        while data := await reader.read(1 << 20):
            if b"x-stainless-retry-count: 0" in data.lower():
                first_try.set()
            if data.startswith(b"POST "):
                self.requests += 1
                if self.lost_requests > 0:
                    self.lost_requests -= 1
                    return
            writer.write(data)
            await writer.drain()

    async def _forward_answers(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, first_try: asyncio.Event
    ) -> None:
        while data := await reader.read(1 << 20):
            if self.loses_first_answers and first_try.is_set():
                return
            if self.lost_answers > 0 and data.startswith(b"HTTP/1.1 200"):
                self.lost_answers -= 1
                return
            writer.write(data)
            await writer.drain()
