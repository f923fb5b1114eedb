"""A loopback port that stays reserved while the server process is replaced."""

from __future__ import annotations

import socket
import sys

LOOPBACK = "127.0.0.1"


class Port:
    """A free port of 127.0.0.1.

    On Linux, a socket that is bound but never listens reserves the port. The server can bind the same port, but the system
    gives it to no other program, and a client that retries cannot connect to itself. Other systems do not let two sockets
    share a port like this, so there the port is chosen but not reserved.
    """

    def __init__(self) -> None:
        self._held = socket.socket()
        self._held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._held.bind((LOOPBACK, 0))
        self.number: int = self._held.getsockname()[1]
        if sys.platform != "linux":
            self._held.close()

    def answers(self) -> bool:
        """Whether a process accepts connections on the port."""
        try:
            socket.create_connection((LOOPBACK, self.number), timeout=1).close()
        except OSError:
            return False
        return True

    def release(self) -> None:
        """Release the port."""
        self._held.close()
