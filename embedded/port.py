"""A loopback port that stays reserved while the server process is replaced."""

from __future__ import annotations

import os
import socket
import stat
import sys
from pathlib import Path

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

    def descriptors(self) -> list[int]:
        """The descriptors of this process that hold the port or are connected to it."""
        connected = [one for one in _open_descriptors() if _peer_of(one) == (LOOPBACK, self.number)]
        return [self._held.fileno(), *connected] if self._held.fileno() >= 0 else connected


def _open_descriptors() -> list[int]:
    try:
        return [int(entry.name) for entry in Path("/dev/fd").iterdir()]
    except OSError:  # this system does not tell
        return []


def _peer_of(descriptor: int) -> tuple[str, int] | None:
    """The address to which a descriptor is connected, or None if it is no TCP connection."""
    try:
        if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
            return None
        with socket.socket(fileno=os.dup(descriptor)) as connection:
            return connection.getpeername()[:2] if connection.family == socket.AF_INET else None
    except OSError:
        return None
