"""HTTP transports that need no server: they run the HTTP application in this process, on the embedded database."""

from __future__ import annotations

import asyncio
import os
import threading
import weakref
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import httpx2

from ..errors import MissingExtra
from ..settings import Settings

try:
    from ..app import create_app
except ImportError as error:
    raise MissingExtra("A local client", "embedded", error.name) from error

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")


class AsyncLocalTransport(httpx2.AsyncBaseTransport):
    """Sends requests to the application without a port or a key. The first request starts the application."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = path
        self._start_lock = asyncio.Lock()
        self._exits = AsyncExitStack()
        self._application: httpx2.ASGITransport | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Return the response of the application."""
        application = self._application or await self._start()
        return await application.handle_async_request(request)

    async def aclose(self) -> None:
        """Stop the application and its database."""
        await self._exits.aclose()

    async def _start(self) -> httpx2.ASGITransport:
        async with self._start_lock:
            if self._application is None:
                async with AsyncExitStack() as exits:
                    # The environment configures servers. This is a library in the process of another program.
                    app = create_app(Settings.model_construct(data_dir=Path(self._path), auth=False))
                    await exits.enter_async_context(app.router.lifespan_context(app))
                    await app.state.opened  # before the database is open, each request gets a 503
                    self._application = httpx2.ASGITransport(app)
                    self._exits = exits.pop_all()
            return self._application


class LocalTransport(httpx2.BaseTransport):
    """The same transport for blocking callers. The application runs on an event loop in its own thread."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._application = AsyncLocalTransport(path)
        self._loop = asyncio.new_event_loop()
        thread = threading.Thread(target=self._loop.run_forever, name="threadkeep", daemon=True)
        thread.start()
        # Runs once: in `close`, or when this object is garbage collected or the process exits.
        self._close = weakref.finalize(self, _stop, self._application, self._loop, thread, os.getpid())

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Return the response of the application."""
        return _wait_for(self._send(request), self._loop)

    def close(self) -> None:
        """Stop the application, its database and the thread."""
        self._close()

    async def _send(self, request: httpx2.Request) -> httpx2.Response:
        response = await self._application.handle_async_request(request)
        content = await response.aread()
        return httpx2.Response(response.status_code, headers=response.headers, content=content)


def _wait_for(work: Coroutine[Any, Any, T], loop: asyncio.AbstractEventLoop) -> T:
    future = asyncio.run_coroutine_threadsafe(work, loop)
    try:
        return future.result()
    except BaseException:  # also KeyboardInterrupt: nobody waits for the result now
        future.cancel()
        raise


def _stop(
    application: AsyncLocalTransport, loop: asyncio.AbstractEventLoop, thread: threading.Thread, process: int
) -> None:
    if process != os.getpid():  # a child of `os.fork()` has neither the thread nor the server
        return
    # A process that is exiting cannot start the threads that wait for the database. The database exits with the process.
    with suppress(RuntimeError):
        _wait_for(application.aclose(), loop)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()
