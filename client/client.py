"""`Client` and `AsyncClient`: the methods of the services in process, over HTTP."""

from __future__ import annotations

import time
from copy import copy
from typing import TYPE_CHECKING, Self

import httpx2

from ..errors import explained
from .connections import Connections
from .options import CONNECTIONS, Options, certificates, full_jitter
from .senders import AsyncSender, Sender
from .services import (
    AsyncRemoteAnalyticsService,
    AsyncRemoteAuditService,
    AsyncRemoteImportService,
    AsyncRemoteKeyService,
    AsyncRemoteMessageService,
    AsyncRemoteThreadService,
    AsyncRemoteUserService,
    RemoteAnalyticsService,
    RemoteAuditService,
    RemoteImportService,
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
    """A blocking client of the HTTP API: `with Client(url, api_key=…) as client: client.thread_service…`.

    Its services have the methods, parameters, results and errors of the services in process. Several Python threads
    may share one client. A child of `os.fork()` opens connections of its own.
    """

    @explained
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
        """Without arguments, the URL comes from `THREADKEEP_URL` and the key from `THREADKEEP_API_KEY`.

        The client retries a request up to `max_retries` times if the failure may be temporary. Such failures are: no
        connection, a timeout, the status 408, 429, 502, 503 or 504, and a first try that still runs. Before a retry it
        waits `backoff(retries so far)` seconds, plus the seconds of the `Retry-After` header. Retries of writes are
        safe: each write carries an idempotency key. `timeout` is in seconds.

        Pass `http_client` to use your own certificates or proxies. Closing this client does not close it.
        """
        options = Options.given(base_url, api_key, timeout=timeout, max_retries=max_retries, backoff=backoff)
        connections = Connections(http_client) if http_client else Connections(_open_blocking(), _open_blocking)
        self._use(Sender(connections, options, sleep), borrowed=http_client is not None)

    def _use(self, sender: Sender, *, borrowed: bool) -> None:
        self._borrowed = borrowed
        self._sender = sender
        self.user_service = RemoteUserService(sender)
        self.thread_service = RemoteThreadService(sender)
        self.message_service = RemoteMessageService(sender)
        self.key_service = RemoteKeyService(sender)
        self.audit_service = RemoteAuditService(sender)
        self.import_service = RemoteImportService(sender)
        self.analytics_service = RemoteAnalyticsService(sender)

    @classmethod
    def local(cls, path: str | os.PathLike[str]) -> Self:
        """Return a client that needs no server.

        Its first call starts Threadkeep in this process. The data is in the folder `path`, or in memory if `path` is
        `":memory:"`.
        """
        from .local import LocalTransport  # noqa: PLC0415 - it imports the whole service

        client = cls(_LOCAL, "", http_client=httpx2.Client(transport=LocalTransport(path)))
        client._borrowed = False
        return client

    def with_options(
        self, *, timeout: Timeout = None, max_retries: int | None = None, idempotency_key: str | None = None
    ) -> Self:
        """Return a client with other options on the same connections; an option that is None stays as it is.

        Use a client with your own `idempotency_key` for one write only.
        """
        options = self._sender.options.changed(timeout, max_retries, idempotency_key)
        other = copy(self)
        other._use(Sender(self._sender.connections, options, self._sender.sleep), borrowed=True)  # noqa: SLF001 - another self
        return other

    def close(self) -> None:
        """Close the connections, unless `http_client` was passed in or they belong to another client."""
        if not self._borrowed and self._sender.connections.is_of_this_process:
            self._sender.connections.http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._sender.options.base_url}>"


class AsyncClient:
    """An async client of the HTTP API: `async with AsyncClient(url, api_key=…) as client: await client.thread_service…`.

    Its services have the methods, parameters, results and errors of the services in process. Use a client on one event
    loop only.
    """

    @explained
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
        """Take the arguments of `Client`; `sleep` is `asyncio.sleep` by default. Pass `trio.sleep` under Trio."""
        options = Options.given(base_url, api_key, timeout=timeout, max_retries=max_retries, backoff=backoff)
        connections = Connections(http_client) if http_client else Connections(_open_async(), _open_async)
        self._use(AsyncSender(connections, options, sleep or _sleep), borrowed=http_client is not None)

    def _use(self, sender: AsyncSender, *, borrowed: bool) -> None:
        self._borrowed = borrowed
        self._sender = sender
        self.user_service = AsyncRemoteUserService(sender)
        self.thread_service = AsyncRemoteThreadService(sender)
        self.message_service = AsyncRemoteMessageService(sender)
        self.key_service = AsyncRemoteKeyService(sender)
        self.audit_service = AsyncRemoteAuditService(sender)
        self.import_service = AsyncRemoteImportService(sender)
        self.analytics_service = AsyncRemoteAnalyticsService(sender)

    @classmethod
    def local(cls, path: str | os.PathLike[str]) -> Self:
        """Return a client that needs no server.

        Its first call starts Threadkeep in this process. The data is in the folder `path`, or in memory if `path` is
        `":memory:"`.
        """
        from .local import AsyncLocalTransport  # noqa: PLC0415 - it imports the whole service

        client = cls(_LOCAL, "", http_client=httpx2.AsyncClient(transport=AsyncLocalTransport(path)))
        client._borrowed = False
        return client

    def with_options(
        self, *, timeout: Timeout = None, max_retries: int | None = None, idempotency_key: str | None = None
    ) -> Self:
        """Return a client with other options on the same connections; an option that is None stays as it is.

        Use a client with your own `idempotency_key` for one write only.
        """
        options = self._sender.options.changed(timeout, max_retries, idempotency_key)
        other = copy(self)
        other._use(AsyncSender(self._sender.connections, options, self._sender.sleep), borrowed=True)  # noqa: SLF001 - another self
        return other

    async def aclose(self) -> None:
        """Close the connections, unless `http_client` was passed in or they belong to another client."""
        if not self._borrowed and self._sender.connections.is_of_this_process:
            await self._sender.connections.http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._sender.options.base_url}>"


def _open_blocking() -> httpx2.Client:
    return httpx2.Client(verify=certificates(), limits=CONNECTIONS)


def _open_async() -> httpx2.AsyncClient:
    return httpx2.AsyncClient(verify=certificates(), limits=CONNECTIONS)


async def _sleep(seconds: float) -> None:
    import asyncio  # noqa: PLC0415 - the blocking client does not need it

    await asyncio.sleep(seconds)
