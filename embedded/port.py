"""A loopback port that stays ours between two lives of the server."""

from __future__ import annotations

import socket
import sys

LOOPBACK = "127.0.0.1"


class Port:
    """A free port of 127.0.0.1.

    On Linux it is held by a socket that is bound but never listens: the server may bind beside it, while no
    other program is given the port and no client that retries can end up connected to itself. Elsewhere two
    sockets cannot share a port like this, so there it is only chosen.
    """

    def __init__(self) -> None:
        self._held = socket.socket()
        self._held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._held.bind((LOOPBACK, 0))
        self.number: int = self._held.getsockname()[1]
        if sys.platform != "linux":
            self._held.close()

    def answers(self) -> bool:
        """Whether somebody accepts connections."""
        try:
            socket.create_connection((LOOPBACK, self.number), timeout=1).close()
        except OSError:
            return False
        return True

    def release(self) -> None:
        """Give the port back."""
        self._held.close()
