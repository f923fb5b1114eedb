"""An `AsyncClient` with blocking methods, so that one test can use both clients."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator

    from threadkeep.client import AsyncClient

_END = object()
SERVICES = ("user_service", "thread_service", "message_service", "key_service", "analytics_service")


class BlockingAsyncClient:
    """Has the methods of a `Client`. Each call runs on the event loop of the asynchronous client until it is complete."""

    def __init__(self, client: AsyncClient, runner: asyncio.Runner) -> None:
        self.client = client
        self.runner = runner

    def __getattr__(self, name: str) -> Any:
        if name in SERVICES:
            return BlockingAsyncService(getattr(self.client, name), self.runner)
        return getattr(self.client, name)

    def with_options(self, **options: Any) -> BlockingAsyncClient:
        return BlockingAsyncClient(self.client.with_options(**options), self.runner)

    def close(self) -> None:
        self.runner.run(self.client.aclose())


class BlockingAsyncService:
    """An asynchronous service with blocking methods."""

    def __init__(self, service: object, runner: asyncio.Runner) -> None:
        self.service = service
        self.runner = runner

    def __getattr__(self, name: str) -> Any:
        def blocking(*args: object, **kwargs: object) -> Any:
            result = getattr(self.service, name)(*args, **kwargs)
            if isinstance(result, AsyncIterator):
                return self._each(result)
            return self.runner.run(result)

        return blocking

    def _each(self, iterator: AsyncIterator[Any]) -> Iterator[Any]:
        async def step() -> Any:
            return await anext(iterator, _END)

        while (entry := self.runner.run(step())) is not _END:
            yield entry
