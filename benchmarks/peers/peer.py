"""What is asked of each library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager


class Histories(Protocol):
    """One library on one database; histories go by names."""

    async def fill(self, name: str, count: int) -> None:
        """Make a history of so many messages, as its users would have made it."""

    async def append(self, name: str) -> Any:
        """One message more."""

    async def last(self, name: str, count: int) -> Any:
        """The newest messages."""

    async def everything(self, name: str) -> Any:
        """All messages."""


class Peer(Protocol):
    """How a library is opened, and how its users must read its figures."""

    name: str
    package: str
    does: str
    """What it does for an append and a read that the others do not, or leaves."""

    @staticmethod
    def on(url: str, database: str) -> AbstractAsyncContextManager[Histories]:
        """The library on a database."""
