"""Sends the head of a response and the beginning of its body in one write (decision 0099).

Uvicorn writes both apart. Each write of a small response costs about as much as a tenth of the request, and wakes the client.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio


class FirstWrite:
    """The transport of one response: holds the first write until the next one, or until the event loop is free."""

    __slots__ = ("_held", "_is_first", "_loop", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._is_first = True
        self._held = b""

    def write(self, data: bytes) -> None:
        """Write the data behind the held data, or hold it if it is the first."""
        if self._held:
            held, self._held = self._held, b""
            self._transport.writelines((held, data))
        elif self._is_first:
            self._is_first = False
            self._held = data
            self._loop.call_soon(self.flush)  # the body of a stream may come much later
        else:
            self._transport.write(data)

    def flush(self) -> None:
        """Write the held data."""
        if self._held:
            held, self._held = self._held, b""
            self._transport.write(held)

    def drop(self) -> None:
        """Forget the held data: the connection is lost."""
        self._held = b""

    def is_closing(self) -> bool:
        """Whether the connection is closed or will be."""
        return self._transport.is_closing()

    def close(self) -> None:
        """Write the held data, and close the connection when all data is sent."""
        self.flush()
        self._transport.close()
