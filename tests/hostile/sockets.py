"""Sockets that misbehave: they read little, announce large bodies, or send nothing."""

from __future__ import annotations

import socket
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx2

from threadkeep.client.options import certificates

if TYPE_CHECKING:
    from collections.abc import Iterator

SMALL_BUFFER = 2048


@contextmanager
def many(url: str, count: int, request: bytes = b"", *, buffer: int | None = None) -> Iterator[list[socket.socket]]:
    """Open connections that send the request and then do nothing. `buffer` is the size of their receive buffers."""
    address = urlsplit(url)
    with ExitStack() as stack:
        opened = []
        for _ in range(count):
            connection = stack.enter_context(socket.socket())
            if buffer is not None:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
                # With the large segments of a loopback device, the sender's kernel would take megabytes for each connection.
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
            connection.settimeout(10)
            connection.connect((address.hostname, address.port))
            connection.sendall(request)
            opened.append(connection)
        yield opened


def seconds_of_ordinary_requests(url: str, key: str, count: int = 5) -> list[float]:
    """Return the duration of each ordinary request of another client, on separate connections. All must succeed."""
    times = []
    for _ in range(count):
        with httpx2.Client(verify=certificates(), timeout=20) as client:
            began = time.monotonic()
            response = client.get(f"{url}/v1/users", headers={"x-api-key": key})
            times.append(time.monotonic() - began)
        assert response.status_code == 200, response.text
    return times
