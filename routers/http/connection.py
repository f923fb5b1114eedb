"""What the routers ask of a connection of our server. A host application may run on another one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

CONNECTION = "threadkeep.connection"
"""The key of the connection, if the server is ours, in the scope of a request."""


class Connection(Protocol):
    """A connection of our server."""

    is_authenticated: bool
    owner: str | None
    connections: set[Any]
    """All connections of the process."""
    max_connections: int
    ended: Mapping[str, int]
    """How many connections of the process were ended, by the limit that they exceeded."""

    def take_body(self, most: int) -> bytes | None:
        """The body of the running request, once. None if it has not arrived whole, or has more than `most` bytes."""
