"""Threadkeep over HTTP: `Client` blocks, `AsyncClient` is awaited, and both say what the services in process say."""

from __future__ import annotations

import time
from copy import copy
from typing import TYPE_CHECKING, Self

import httpx2

from .options import CONNECTIONS, Options, certificates, full_jitter
from .senders import AsyncSender, Sender
from .services import (
    AsyncRemoteKeyService,
    AsyncRemoteMessageService,
    AsyncRemoteThreadService,
    AsyncRemoteUserService,
    RemoteKeyService,
    RemoteMessageService,
    RemoteThreadService,
    RemoteUserService,
)

if TYPE_CHECKING:
    import os
    from collections.abc import Awaitable, Callable
    from types import TracebackType

    from .options import Timeout

_LOCAL = "http://local"


class Client:
    """Threadkeep over HTTP: `with Client(url, api_key=…) as client: client.thread_service…`.

    Names, parameters, results and errors are those of the services in process. Threads may share it.
    """

    def __init__(
        self,
        base_url: str | None = None,
        api_key: str | None = None,
        *,
        timeout: Timeout = 30,
        max_retries: int = 3,
        http_client: httpx2.Client | None = None,
        backoff: Callable[[int], float] = full_jitter,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        """URL and key come from `THREADKEEP_URL` and `THREADKEEP_API_KEY` where they are not given.

        What may pass (no connection, no answer in time, 408, 429, 502, 503, 504, a first try that is still running) is
        tried again up to `max_retries` times, after `backoff(retries so far)` seconds and what the server asks for.
        Writes are safe to repeat: each carries an idempotency key. `http_client` is borrowed, for certificates and
        proxies of your own.
        """
        options = Options.given(base_url, api_key, timeout=timeout, max_retries=max_retries, backoff=backoff)
        http = http_client or httpx2.Client(verify=certificates(), limits=CONNECTIONS)
        self._use(Sender(http, options, sleep), borrowed=http_client is not None)

    def _use(self, sender: Sender, *, borrowed: bool) -> None:
        self._borrowed = borrowed
        self._sender = sender
        self.user_service = RemoteUserService(sender)
        self.thread_service = RemoteThreadService(sender)
        self.message_service = RemoteMessageService(sender)
        self.key_service = RemoteKeyService(sender)

    @classmethod
    def local(cls, path: str | os.PathLike[str]) -> Self:
        """Needs no server: the first call starts Threadkeep in process, on the folder `path` or on `":memory:"`."""
        from .local import LocalTransport  # noqa: PLC0415 - brings the whole service along

        client = cls(_LOCAL, "", http_client=httpx2.Client(transport=LocalTransport(path)))
        client._borrowed = False
        return client

    def with_options(
        self, *, timeout: Timeout = None, max_retries: int | None = None, idempotency_key: str | None = None
    ) -> Self:
        """The same client and connections with other options; an idempotency key of your own is for one write."""
        options = self._sender.options.changed(timeout, max_retries, idempotency_key)
        other = copy(self)
        other._use(Sender(self._sender.http, options, self._sender.sleep), borrowed=True)  # noqa: SLF001 - another self
        return other

    def close(self) -> None:
        """Close the connections, unless they are borrowed."""
        if not self._borrowed:
            self._sender.http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._sender.options.base_url}>"


class AsyncClient:
    """Threadkeep over HTTP: `async with AsyncClient(url, api_key=…) as client: await client.thread_service…`.

    Names, parameters, results and errors are those of the services in process. It belongs to one event loop.
    """

    def __init__(
        self,
        base_url: str | None = None,
        api_key: str | None = None,
        *,
        timeout: Timeout = 30,
        max_retries: int = 3,
        http_client: httpx2.AsyncClient | None = None,
        backoff: Callable[[int], float] = full_jitter,
        sleep: Callable[[float], Awaitable[object]] | None = None,
    ) -> None:
        """As for `Client`; `sleep` is asyncio's unless given (`trio.sleep`)."""
        options = Options.given(base_url, api_key, timeout=timeout, max_retries=max_retries, backoff=backoff)
        http = http_client or httpx2.AsyncClient(verify=certificates(), limits=CONNECTIONS)
        self._use(AsyncSender(http, options, sleep or _sleep), borrowed=http_client is not None)

    def _use(self, sender: AsyncSender, *, borrowed: bool) -> None:
        self._borrowed = borrowed
        self._sender = sender
        self.user_service = AsyncRemoteUserService(sender)
        self.thread_service = AsyncRemoteThreadService(sender)
        self.message_service = AsyncRemoteMessageService(sender)
        self.key_service = AsyncRemoteKeyService(sender)

    @classmethod
    def local(cls, path: str | os.PathLike[str]) -> Self:
        """Needs no server: the first call starts Threadkeep in process, on the folder `path` or on `":memory:"`."""
        from .local import AsyncLocalTransport  # noqa: PLC0415 - brings the whole service along

        client = cls(_LOCAL, "", http_client=httpx2.AsyncClient(transport=AsyncLocalTransport(path)))
        client._borrowed = False
        return client

    def with_options(
        self, *, timeout: Timeout = None, max_retries: int | None = None, idempotency_key: str | None = None
    ) -> Self:
        """The same client and connections with other options; an idempotency key of your own is for one write."""
        options = self._sender.options.changed(timeout, max_retries, idempotency_key)
        other = copy(self)
        other._use(AsyncSender(self._sender.http, options, self._sender.sleep), borrowed=True)  # noqa: SLF001 - another self
        return other

    async def aclose(self) -> None:
        """Close the connections, unless they are borrowed."""
        if not self._borrowed:
            await self._sender.http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._sender.options.base_url}>"


async def _sleep(seconds: float) -> None:
    import asyncio  # noqa: PLC0415 - the blocking client does not need it

    await asyncio.sleep(seconds)
