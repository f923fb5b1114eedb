"""A server with the protocol around a small application, and clients that control each byte that they send."""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.server import ServerState

from threadkeep.routers.http import CONNECTION
from threadkeep.routers.http.responses import send_bytes
from threadkeep.server.limits import protocol_for
from threadkeep.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import Receive, Scope, Send

TIMEOUT_SECONDS = 0.3
MAX_WAIT_SECONDS = TIMEOUT_SECONDS + 10.0
LARGE = 4 * 1024 * 1024


class Application:
    """Answers `/` at once without reading the body, `/large` with `LARGE` bytes, and `/wait` never.

    `/body` is answered when the whole body has arrived, and `/later` when `goes_on` is set. `/take` takes the body twice, if it
    has at most four bytes, and `/take/wait` waits after that.
    """

    def __init__(self) -> None:
        self.waiting = asyncio.Event()
        self.cancelled = asyncio.Event()
        self.goes_on = asyncio.Event()
        self.taken: list[bytes | None] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (b"x-api-key", b"valid") in scope["headers"]:
            scope[CONNECTION].is_authenticated = True
        while scope["path"] == "/body" and (message := await receive()).get("more_body", True):
            if message["type"] == "http.disconnect":
                return
        if scope["path"].startswith("/take"):
            self.taken += [scope[CONNECTION].take_body(4) for _ in range(2)]
        if scope["path"] == "/later":
            self.waiting.set()
            await self.goes_on.wait()
        if scope["path"].endswith("/wait"):
            self.waiting.set()
            try:
                await asyncio.Event().wait()
            finally:
                self.cancelled.set()
        body = b"x" * LARGE if scope["path"] == "/large" else b"hello"
        await send_bytes(send, 200, body, [])


class Connection:
    """The connection of a client."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self._writer = writer

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def trickle(self, data: bytes) -> None:
        """Send the same bytes ten times per timeout, until the server ends the connection."""
        with suppress(ConnectionError):
            while True:
                await self.send(data)
                await asyncio.sleep(TIMEOUT_SECONDS / 10)

    async def answer(self) -> bytes:
        """Return one answer without a body, or with the body of `/`."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        return head + (await self.reader.readexactly(5) if b"content-length: 5" in head else b"")

    async def rest(self) -> bytes:
        """Return all bytes until the server ends the connection."""
        received = b""
        async with asyncio.timeout(MAX_WAIT_SECONDS):
            with suppress(ConnectionError):
                while block := await self.reader.read(65536):
                    received += block
        return received

    async def trickle_until_ended(self, data: bytes) -> bytes:
        sender = asyncio.create_task(self.trickle(data))
        try:
            return await self.rest()
        finally:
            sender.cancel()
            await asyncio.wait([sender])

    def close_own_side(self) -> None:
        """Send nothing more, and go on reading."""
        self._writer.write_eof()

    async def reset(self) -> None:
        """Leave without a farewell: the server's next read or write fails."""
        end = self._writer.get_extra_info("socket")
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        await self.leave()

    async def leave(self) -> None:
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()


class Served:
    """A running server."""

    def __init__(self, application: Application, port: int) -> None:
        self.application = application
        self.port = port

    @asynccontextmanager
    async def connected(self, *, small_buffer: bool = False) -> AsyncIterator[Connection]:
        end = socket.socket()
        if small_buffer:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
            # With the large segments of a loopback device, the server's kernel would take megabytes of a response.
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
        end.setblocking(False)
        await asyncio.get_running_loop().sock_connect(end, ("127.0.0.1", self.port))
        connection = Connection(*await asyncio.open_connection(sock=end, limit=4096))
        yield connection
        await connection.leave()


@asynccontextmanager
async def serving(**settings: Any) -> AsyncIterator[Served]:
    """Serve the application with these settings, and stop as uvicorn does after its grace period."""
    application = Application()
    limits = Settings(_env_file=None, **{"receive_timeout_seconds": TIMEOUT_SECONDS} | settings)
    config = uvicorn.Config(application, http=protocol_for(limits), ws="none", lifespan="off", log_config=None)
    config.load()
    state = ServerState()
    protocol: Any = config.http_protocol_class
    server = await asyncio.get_running_loop().create_server(
        lambda: protocol(config=config, server_state=state, app_state={}), "127.0.0.1", 0
    )
    yield Served(application, server.sockets[0].getsockname()[1])
    server.close()
    for connection in list(state.connections):
        connection.shutdown()
    for task in list(state.tasks):
        task.cancel()
    while state.connections or state.tasks:  # noqa: ASYNC110  uvicorn has no event for it
        await asyncio.sleep(0.001)
