"""The calls that are measured with each library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager


class Histories(Protocol):
    """The conversations of one library in one database. Each history has a name."""

    async def fill(self, name: str, count: int) -> None:
        """Create a history of `count` messages, as users of the library do."""

    async def append(self, name: str) -> Any:
        """Append one message."""

    async def last(self, name: str, count: int) -> Any:
        """The newest `count` messages."""

    async def everything(self, name: str) -> Any:
        """All messages."""


class Peer(Protocol):
    """One library: its name, its package, its work for a call, and how to open it."""

    name: str
    package: str
    does: str
    """The work of the library for an append and a read that differs from the other libraries."""

    @staticmethod
    def on(url: str, database: str) -> AbstractAsyncContextManager[Histories]:
        """Open the library on a database."""
