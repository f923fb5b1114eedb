"""Awaits what blocks: lets one suite drive the blocking client like all others."""

from __future__ import annotations

import asyncio
import functools
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from threadkeep.client import Client

_END = object()


class Awaitable:
    """A blocking service whose verbs are awaited; each runs in a thread."""

    def __init__(self, service: object) -> None:
        self._service = service

    def __getattr__(self, name: str) -> Any:
        verb = getattr(self._service, name)
        if name.startswith("iter_"):
            return lambda *args, **kwargs: _each(verb(*args, **kwargs))
        return functools.partial(asyncio.to_thread, verb)


async def _each(entries: Iterator[Any]) -> AsyncIterator[Any]:
    while (entry := await asyncio.to_thread(next, entries, _END)) is not _END:
        yield entry


class AwaitableClient:
    """A `Client` as a door."""

    def __init__(self, client: Client) -> None:
        self.user_service: Any = Awaitable(client.user_service)
        self.thread_service: Any = Awaitable(client.thread_service)
        self.message_service: Any = Awaitable(client.message_service)
        self.key_service: Any = Awaitable(client.key_service)
