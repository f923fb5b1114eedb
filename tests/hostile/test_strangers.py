"""Clients without a valid key take no admission slot, memory, connection or time from other clients."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

import psutil
import pytest

from threadkeep.tests.hostile.sockets import SMALL_BUFFER, many, seconds_of_ordinary_requests
from threadkeep.tests.service_process import Service, service

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "tk_strangers0123456789012345678901234567890"
CONNECTIONS = 60
SLOTS = 8
PATIENCE_SECONDS = 5
"""A successful attack makes others wait for 20 to 30 seconds, or they get 503."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service with few slots and connections, so that a small attack is enough."""
    limits = {"max_concurrent_requests": SLOTS, "max_waiting_requests": SLOTS, "max_client_connections": CONNECTIONS}
    memory = {"max_bodies_bytes": 32 * 1024 * 1024, "receive_timeout_seconds": 20}
    folder = tmp_path_factory.mktemp("strangers")
    with service(folder, admin_key=KEY, **limits, **memory) as started:
        yield started.wait_until_ready()


def get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nhost: test\r\n\r\n".encode()


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/docs/assets/swagger-ui-bundle.js", "/openapi.json", "/openai/docs"])
def test_unread_public_files_hold_no_admission_slot(running: Service, path: str) -> None:
    assert running.get(path).status_code == 200  # the first answer is made, and kept
    with many(running.url, CONNECTIONS - 10, get(path), buffer=SMALL_BUFFER):
        times = seconds_of_ordinary_requests(running.url, KEY)

    assert max(times) < PATIENCE_SECONDS


def test_idle_connections_are_closed_for_new_ones(running: Service) -> None:
    with many(running.url, CONNECTIONS * 2):
        times = seconds_of_ordinary_requests(running.url, KEY)

    assert max(times) < PATIENCE_SECONDS


@pytest.mark.slow
def test_connections_of_slow_readers_without_a_key_are_closed_for_new_ones(running: Service) -> None:
    with many(running.url, CONNECTIONS * 2, get("/docs/assets/swagger-ui-bundle.js"), buffer=SMALL_BUFFER):
        times = seconds_of_ordinary_requests(running.url, KEY)

    assert max(times) < PATIENCE_SECONDS


@pytest.mark.parametrize(
    "key", ["", "x-api-key: tk_wrong0000000000000000000000000000000000\r\n", f"x-api-key: {KEY}\r\n"]
)
def test_announced_bodies_that_are_not_sent_hold_no_memory(running: Service, key: str) -> None:
    head = f"POST /v1/threads HTTP/1.1\r\nhost: test\r\ncontent-length: 16000000\r\n{key}\r\n".encode()
    with many(running.url, 20, head):
        began = time.monotonic()
        large = {
            "meta_data": {f"k{number}": "x" * 1000 for number in range(60)},
            "messages": [{"content": "x" * 200_000}],
        }
        sent = running.post("/v1/threads", large, KEY)
        took = time.monotonic() - began

    assert sent.status_code == 200, sent.text
    assert took < PATIENCE_SECONDS


def test_the_body_of_a_request_without_a_key_is_not_read(running: Service) -> None:
    head = b"POST /v1/threads HTTP/1.1\r\nhost: test\r\ncontent-length: 16000000\r\n\r\n"
    sent = 0
    with many(running.url, 1, head) as (connection,):
        answer = connection.recv(65536)
        with suppress(ConnectionError):
            while sent < 16_000_000:
                sent += connection.send(b"x" * 65536)

    assert answer.startswith(b"HTTP/1.1 401 ")
    assert sent < 12_000_000


def test_pipelined_requests_release_their_memory(running: Service) -> None:
    process = psutil.Process(running.process.pid)

    def flood() -> None:
        for _ in range(10):
            with many(running.url, 1) as (connection,):
                try:
                    connection.sendall(get("/") * 20_000)
                except OSError:
                    continue

    flood()  # the memory of the first flood stays
    before = process.memory_info().rss
    for _ in range(3):
        flood()
    times = seconds_of_ordinary_requests(running.url, KEY)

    assert max(times) < PATIENCE_SECONDS
    assert process.memory_info().rss < before * 1.1 + 4 * 1024 * 1024


def test_requests_with_wrong_keys_do_not_delay_others(running: Service) -> None:
    wrong = "".join(
        f"GET /v1/users HTTP/1.1\r\nhost: test\r\nx-api-key: tk_{number:040}\r\n\r\n" for number in range(8)
    ).encode()
    with many(running.url, CONNECTIONS - 10, wrong):
        times = seconds_of_ordinary_requests(running.url, KEY)

    assert max(times) < PATIENCE_SECONDS


@pytest.mark.slow
def test_a_body_in_tiny_chunks_does_not_stall_the_process(running: Service) -> None:
    head = b"POST /v1/threads HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n"
    with many(running.url, 1, head) as (connection,):
        with suppress(ConnectionError):
            for _ in range(40):
                connection.sendall(b"1\r\n \r\n" * 20_000)
        times = seconds_of_ordinary_requests(running.url, KEY)

    assert max(times) < PATIENCE_SECONDS


def test_a_trailer_is_no_header(running: Service) -> None:
    request = (
        b"POST /v1/threads HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n"
        b"connection: close\r\n\r\n2\r\n{}\r\n0\r\nx-api-key: " + KEY.encode() + b"\r\n\r\n"
    )
    with many(running.url, 1, request) as (connection,):
        answer = connection.recv(65536)

    assert answer.startswith(b"HTTP/1.1 401 ")


def test_a_revoked_key_is_a_wrong_key(running: Service) -> None:
    key = running.post("/v1/admin/keys", {"scope": "service"}, KEY).json()["plain_key"]
    assert running.get("/v1/users", key).status_code == 200
    running.delete(f"/v1/admin/keys/{key[:11]}", KEY)
    request = f"GET /v1/users HTTP/1.1\r\nhost: test\r\nx-api-key: {key}\r\n\r\n".encode() * 8
    with many(running.url, CONNECTIONS - 10, request):
        times = seconds_of_ordinary_requests(running.url, KEY)

    assert running.get("/v1/users", key).status_code == 401
    assert max(times) < PATIENCE_SECONDS
