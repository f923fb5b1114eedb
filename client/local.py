"""Threadkeep without a server: the HTTP application runs in this process, on the embedded database."""

from __future__ import annotations

import asyncio
import threading
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, TypeVar

import httpx2

from ..app import create_app
from ..keep import Threadkeep
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
                    keep = await exits.enter_async_context(Threadkeep.embedded(self._path))
                    # As they are by default: the environment is for services, this is a library in somebody's process.
                    settings = Settings.model_construct(auth=False, access_log=False)
                    app = create_app(settings, keep=keep)
                    await exits.enter_async_context(app.router.lifespan_context(app))
                    self._application = httpx2.ASGITransport(app)
                    self._exits = exits.pop_all()
            return self._application


class LocalTransport(httpx2.BaseTransport):
    """The same for blocking callers: the application lives on an event loop in a thread of its own."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._loop = asyncio.new_event_loop()
        self._application = AsyncLocalTransport(path)
        self._thread = threading.Thread(target=self._loop.run_forever, name="threadkeep", daemon=True)
        self._thread.start()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer one request."""
        return self._wait_for(self._answer(request))

    def close(self) -> None:
        """Stop the application, its database and the thread."""
        try:
            self._wait_for(self._application.aclose())
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    async def _answer(self, request: httpx2.Request) -> httpx2.Response:
        response = await self._application.handle_async_request(request)
        content = await response.aread()
        return httpx2.Response(response.status_code, headers=response.headers, content=content)

    def _wait_for(self, work: Coroutine[Any, Any, T]) -> T:
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise
