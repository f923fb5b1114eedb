"""A body that arrives below the least rate is refused long before the time limit of a whole request."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from threadkeep.routers.http import body

if TYPE_CHECKING:
    from threadkeep.tests.live_server import LiveServer

HEADS = {
    "announced": (b"content-length: 1000000\r\n", b"x" * 10),
    "in chunks": (b"transfer-encoding: chunked\r\n", b"a\r\nxxxxxxxxxx\r\n"),
    "one long chunk extension": (b"transfer-encoding: chunked\r\n", b"1;x"),
}


@pytest.mark.parametrize(("head", "piece"), HEADS.values(), ids=HEADS)
def test_a_body_below_the_least_rate_is_refused(
    served: LiveServer, monkeypatch: pytest.MonkeyPatch, head: bytes, piece: bytes
) -> None:
    monkeypatch.setattr(body, "_GRACE_SECONDS", 0.3)  # the server runs in this process
    address = urlsplit(served.url)
    with socket.create_connection((address.hostname, address.port), timeout=0.02) as connection:
        key = f"x-api-key: {served.admin_key}\r\n".encode()
        connection.sendall(b"POST /v1/threads HTTP/1.1\r\nhost: test\r\n" + key + head + b"\r\n")
        answer, began = b"", time.monotonic()
        while not answer and time.monotonic() - began < 10:
            with suppress(ConnectionError):
                connection.sendall(piece)
            with suppress(TimeoutError):
                answer = connection.recv(4096)

    assert answer.startswith(b"HTTP/1.1 408 ")
