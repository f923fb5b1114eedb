"""Sends HTTP as bytes, also requests that no client library would send."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

_PATIENCE_SECONDS = 20


@contextmanager
def connected(url: str) -> Iterator[socket.socket]:
    """Connect to the server at this URL."""
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port), timeout=_PATIENCE_SECONDS) as connection:
        yield connection


def exchange(url: str, request: bytes) -> bytes:
    """Send a request that ends the connection, and return all bytes of the answer."""
    with connected(url) as connection:
        connection.sendall(request)
        return read_all(connection)


def get(path: bytes, *headers: str) -> bytes:
    """Return the bytes of a `GET` request that ends the connection."""
    lines = [b"GET %b HTTP/1.1" % path, b"host: test", b"connection: close", *(line.encode() for line in headers)]
    return b"\r\n".join([*lines, b"", b""])


def read_all(connection: socket.socket) -> bytes:
    """Return all bytes until the other side closes or resets the connection."""
    received = b""
    try:
        while block := connection.recv(65536):
            received += block
    except ConnectionResetError:
        pass
    return received
