"""Makes the methods of the blocking client awaitable, so that one suite tests all clients."""

from __future__ import annotations

import asyncio
import functools
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from threadkeep.client import Client

_END = object()


class Awaitable:
    """A service of the blocking client with awaitable methods. Each call runs in a thread."""

    def __init__(self, service: object) -> None:
        self._service = service

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._service, name)
        if name.startswith("iter_"):
            return lambda *args, **kwargs: _each(method(*args, **kwargs))
        return functools.partial(asyncio.to_thread, method)


async def _each(entries: Iterator[Any]) -> AsyncIterator[Any]:
    while (entry := await asyncio.to_thread(next, entries, _END)) is not _END:
        yield entry


class AwaitableClient:
    """A `Client` whose services are awaitable."""

    def __init__(self, client: Client) -> None:
        self.user_service: Any = Awaitable(client.user_service)
        self.thread_service: Any = Awaitable(client.thread_service)
        self.message_service: Any = Awaitable(client.message_service)
        self.key_service: Any = Awaitable(client.key_service)
