"""The protocol against slow and idle clients: a real server, and sockets that misbehave."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from threadkeep.tests.server.protocol_server import (
    LARGE,
    MAX_WAIT_SECONDS,
    TIMEOUT_SECONDS,
    Connection,
    Served,
    serving,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

GET = b"GET / HTTP/1.1\r\nhost: test\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 100\r\n\r\n"


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    async with serving() as served:
        yield served


async def test_a_request_is_answered_and_the_connection_stays_open(served: Served) -> None:
    async with served.connected() as client:
        for _ in range(2):
            await client.send(GET)
            assert (await client.answer()).endswith(b"hello")


async def test_pipelined_requests_are_answered_in_order(served: Served) -> None:
    async with served.connected() as client:
        await client.send(GET * 5)

        assert [(await client.answer())[-5:] for _ in range(5)] == [b"hello"] * 5


@pytest.mark.parametrize("beginning", [b"", b"G", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nhost: te"])
async def test_an_incomplete_request_ends_the_connection_after_the_timeout(served: Served, beginning: bytes) -> None:
    async with served.connected() as client:
        await client.send(beginning)

        assert await client.rest() == b""


@pytest.mark.parametrize("before", [b"", GET])
@pytest.mark.parametrize("piece", [b"\r\n", b"x-a: b\r\n"])
async def test_headers_that_arrive_too_slowly_end_the_connection(served: Served, before: bytes, piece: bytes) -> None:
    async with served.connected() as client:
        if before:
            await client.send(before)
            await client.answer()
        if piece != b"\r\n":
            await client.send(b"GET / HTTP/1.1\r\n")

        assert await client.trickle_until_ended(piece) == b""


async def test_a_body_that_arrives_too_slowly_after_its_answer_ends_the_connection(served: Served) -> None:
    async with served.connected() as client:
        await client.send(POST)

        received = await client.trickle_until_ended(b"x")

    assert received.endswith(b"hello") or received == b""  # a slow machine reads after the end, and gets nothing


async def test_a_complete_body_after_its_answer_keeps_the_connection_open(served: Served) -> None:
    async with served.connected() as client:
        for _ in range(2):
            await client.send(POST)
            await client.answer()
            await client.send(b"x" * 100)
        await client.send(GET)

        assert (await client.answer()).endswith(b"hello")


@pytest.mark.parametrize(
    "headers",
    [
        b"x-long: " + b"x" * 70_000 + b"\r\n\r\n",
        b"x-short: x\r\n" * 9_000 + b"\r\n",
        b"x-without-end: " + b"x" * 300_000,
        b"x" * 300_000,
    ],
    ids=["one long", "many", "a value without end", "a name without end"],
)
async def test_headers_over_the_limit_are_refused_at_once(served: Served, headers: bytes) -> None:
    async with served.connected() as client:
        with suppress(ConnectionError):
            await client.send(b"GET / HTTP/1.1\r\n" + headers)

        answer = await client.rest()
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert answer.count(b"HTTP/1.1") == 1


async def test_a_path_that_is_too_long_is_refused(served: Served) -> None:
    async with served.connected() as client:
        await client.send(b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n")

        assert (await client.rest()).startswith(b"HTTP/1.1 431 ")


async def test_a_large_body_does_not_count_as_headers(served: Served) -> None:
    async with served.connected() as client:
        await client.send(b"POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 200000\r\n\r\n" + b"x" * 200_000)
        await client.answer()
        await client.send(GET)

        assert (await client.answer()).endswith(b"hello")


@pytest.mark.slow
async def test_a_client_that_does_not_read_is_disconnected(served: Served) -> None:
    async with served.connected(small_buffer=True) as client:
        await client.send(b"GET /large HTTP/1.1\r\nhost: test\r\n\r\n")
        await asyncio.sleep(TIMEOUT_SECONDS * 3)

        assert len(await client.rest()) < LARGE


async def test_a_client_that_reads_slowly_gets_the_whole_answer() -> None:
    async with serving(receive_timeout_seconds=5) as served, served.connected(small_buffer=True) as client:
        await client.send(b"GET /large HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n")
        await client.reader.readuntil(b"\r\n\r\n")
        received = 0
        while block := await client.reader.read(LARGE // 16):
            received += len(block)
            await asyncio.sleep(TIMEOUT_SECONDS / 1000)

    assert received == LARGE


async def test_a_client_that_reads_for_longer_than_a_response_may_take_is_disconnected() -> None:
    limits = {"receive_timeout_seconds": 5, "send_timeout_seconds": TIMEOUT_SECONDS}
    async with serving(**limits) as served, served.connected(small_buffer=True) as client:
        await client.send(b"GET /large HTTP/1.1\r\nhost: test\r\n\r\n")
        received = 0
        with suppress(ConnectionError):
            while block := await client.reader.read(LARGE // 64):
                received += len(block)
                await asyncio.sleep(TIMEOUT_SECONDS / 100)

    assert LARGE // 64 < received < LARGE


async def test_an_idle_connection_is_closed_for_a_new_one_at_the_limit() -> None:
    async with (
        serving(max_client_connections=2, receive_timeout_seconds=30) as served,
        served.connected() as first,
        served.connected() as second,
    ):
        for client in (first, second):
            await client.send(GET)
            await client.answer()
        async with served.connected() as third:
            await third.send(GET)
            answered = await third.answer()
        closed = await first.rest()
        await second.send(GET)
        still_open = await second.answer()

    assert answered.endswith(b"hello")
    assert closed == b""
    assert still_open.endswith(b"hello")


async def test_a_connection_with_a_valid_key_and_a_running_request_is_not_closed_for_a_new_one() -> None:
    async with (
        serving(max_client_connections=1, receive_timeout_seconds=30) as served,
        served.connected() as first,
    ):
        await first.send(b"GET /wait HTTP/1.1\r\nhost: test\r\nx-api-key: valid\r\n\r\n")
        await served.application.waiting.wait()
        async with served.connected() as second:
            refused = await second.rest()

    assert refused.startswith(b"HTTP/1.1 503 ")
    assert b"retry-after: 1" in refused


async def test_too_many_pipelined_requests_end_the_connection() -> None:
    async with serving(receive_timeout_seconds=30) as served, served.connected() as client:
        await client.send(b"GET /wait HTTP/1.1\r\nhost: test\r\n\r\n" + GET * 1000)

        assert await client.rest() == b""


async def test_the_request_of_a_disconnected_client_is_cancelled(served: Served) -> None:
    async with served.connected() as client:
        await client.send(b"GET /wait HTTP/1.1\r\nhost: test\r\n\r\n")
        await served.application.waiting.wait()

    async with asyncio.timeout(MAX_WAIT_SECONDS):
        await served.application.cancelled.wait()


async def test_a_request_that_runs_when_the_process_stops_is_answered_503() -> None:
    async with serving() as served:
        client = Connection(*await asyncio.open_connection("127.0.0.1", served.port))
        await client.send(b"GET /wait HTTP/1.1\r\nhost: test\r\n\r\n")
        await served.application.waiting.wait()
        ending = asyncio.create_task(client.rest())
    answer = await ending
    await client.leave()

    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b"retry-after: 1" in answer


async def test_bytes_that_are_not_http_are_refused(served: Served) -> None:
    async with served.connected() as client:
        await client.send(b"\x16\x03\x01 hello?\r\n\r\n")

        assert (await client.rest()).startswith(b"HTTP/1.1 400 ")


async def test_a_websocket_upgrade_is_answered_as_a_normal_request(served: Served) -> None:
    async with served.connected() as client:
        await client.send(b"GET / HTTP/1.1\r\nhost: test\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n")

        assert (await client.answer()).startswith(b"HTTP/1.1 200 ")
