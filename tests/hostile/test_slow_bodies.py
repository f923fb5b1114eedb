"""A body that arrives below the least rate is refused long before the time limit of a whole request."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from threadkeep.services import Tuning
from threadkeep.tests.live_server import run_live_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymongo import MongoClient

    from threadkeep.tests.live_server import LiveServer

HEADS = {
    "announced": (b"content-length: 1000000\r\n", b"x" * 10),
    "in chunks": (b"transfer-encoding: chunked\r\n", b"a\r\nxxxxxxxxxx\r\n"),
    "one long chunk extension": (b"transfer-encoding: chunked\r\n", b"1;x"),
}


@pytest.fixture(scope="module")
def strict(mongo: MongoClient[dict[str, Any]], mongo_url: str) -> Iterator[LiveServer]:
    """The service, which soon asks for the least rate."""
    with run_live_server(mongo, mongo_url, tuning=Tuning(body_grace_seconds=0.3)) as server:
        yield server


@pytest.mark.parametrize(("head", "piece"), HEADS.values(), ids=HEADS)
def test_a_body_below_the_least_rate_is_refused(strict: LiveServer, head: bytes, piece: bytes) -> None:
    address = urlsplit(strict.url)
    with socket.create_connection((address.hostname, address.port), timeout=0.02) as connection:
        key = f"x-api-key: {strict.admin_key}\r\n".encode()
        connection.sendall(b"POST /v1/threads HTTP/1.1\r\nhost: test\r\n" + key + head + b"\r\n")
        answer, began = b"", time.monotonic()
        while not answer and time.monotonic() - began < 5:
            with suppress(ConnectionError):
                connection.sendall(piece)
            with suppress(TimeoutError):
                answer = connection.recv(4096)

    assert answer.startswith(b"HTTP/1.1 408 ")
