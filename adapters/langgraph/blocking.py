"""A blocking `Client` as a store: its calls finish before they are awaited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from ...client import Client
    from ..stores import Store

T = TypeVar("T")


class _Service:
    """A service whose methods return coroutines that never wait."""

    def __init__(self, service: object) -> None:
        self._service = service

    def __getattr__(self, name: str) -> Callable[..., Coroutine[Any, Any, Any]]:
        method = getattr(self._service, name)

        async def call(*args: Any, **kwargs: Any) -> Any:
            return method(*args, **kwargs)

        return call


class BlockingStore:
    """The services of a `Client`, for code that awaits."""

    def __init__(self, client: Client) -> None:
        self.thread_service = _Service(client.thread_service)
        self.message_service = _Service(client.message_service)
        self.user_service = _Service(client.user_service)

    def as_store(self) -> Store:
        """The same object, with the type of a store."""
        return cast("Store", self)


def finished(work: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that never waits, because its store is blocking."""
    try:
        work.send(None)
    except StopIteration as end:
        return cast("T", end.value)
    work.close()
    raise RuntimeError("A blocking store has waited.")
