"""Threadkeep without a server: the HTTP application runs in this process, on the embedded database."""

from __future__ import annotations

import asyncio
import threading
import weakref
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import httpx2

from ..app import create_app
from ..settings import Settings

if TYPE_CHECKING:
    import os
    from collections.abc import Coroutine

T = TypeVar("T")


class AsyncLocalTransport(httpx2.AsyncBaseTransport):
    """Has the application answer, without a port or a key; starts it with the first request."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = path
        self._turn = asyncio.Lock()
        self._exits = AsyncExitStack()
        self._application: httpx2.ASGITransport | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer one request."""
        application = self._application or await self._start()
        return await application.handle_async_request(request)

    async def aclose(self) -> None:
        """Stop the application and its database."""
        await self._exits.aclose()

    async def _start(self) -> httpx2.ASGITransport:
        async with self._turn:
            if self._application is None:
                async with AsyncExitStack() as exits:
                    # Not read from the environment: that is for services, and this is a library in somebody's process.
                    app = create_app(Settings.model_construct(data_dir=Path(self._path), auth=False))
                    await exits.enter_async_context(app.router.lifespan_context(app))
                    await app.state.opened  # until the database is open, requests would be answered with 503
                    self._application = httpx2.ASGITransport(app)
                    self._exits = exits.pop_all()
            return self._application


class LocalTransport(httpx2.BaseTransport):
    """The same for blocking callers: the application lives on an event loop in a thread of its own."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._application = AsyncLocalTransport(path)
        self._loop = asyncio.new_event_loop()
        thread = threading.Thread(target=self._loop.run_forever, name="threadkeep", daemon=True)
        thread.start()
        # Called once: by `close`, or when nobody can call that any more.
        self._close = weakref.finalize(self, _stop, self._application, self._loop, thread)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer one request."""
        return _wait_for(self._answer(request), self._loop)

    def close(self) -> None:
        """Stop the application, its database and the thread."""
        self._close()

    async def _answer(self, request: httpx2.Request) -> httpx2.Response:
        response = await self._application.handle_async_request(request)
        content = await response.aread()
        return httpx2.Response(response.status_code, headers=response.headers, content=content)


def _wait_for(work: Coroutine[Any, Any, T], loop: asyncio.AbstractEventLoop) -> T:
    future = asyncio.run_coroutine_threadsafe(work, loop)
    try:
        return future.result()
    except BaseException:  # whatever it was, Ctrl-C above all: nobody waits for it any more
        future.cancel()
        raise


def _stop(application: AsyncLocalTransport, loop: asyncio.AbstractEventLoop, thread: threading.Thread) -> None:
    # A process that is ending starts no threads any more, in which to wait for the database; that ends with the process.
    with suppress(RuntimeError):
        _wait_for(application.aclose(), loop)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()
