"""Clients that close their side of the connection after their requests, and read the answers afterwards."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from threadkeep.tests.server.protocol_server import LARGE, MAX_WAIT_SECONDS, TIMEOUT_SECONDS, Served, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

GET = b"GET / HTTP/1.1\r\nhost: test\r\n\r\n"
LATER = b"GET /later HTTP/1.1\r\nhost: test\r\n\r\n"
WAIT = b"GET /wait HTTP/1.1\r\nhost: test\r\n\r\n"
POST = b"POST /body HTTP/1.1\r\nhost: test\r\ncontent-length: 100\r\n\r\n"


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    async with serving() as served:
        yield served


@pytest.mark.parametrize("request_", [GET, POST + b"x" * 100])
async def test_a_client_that_closes_its_side_is_answered(served: Served, request_: bytes) -> None:
    async with served.connected() as client:
        await client.send(request_)
        client.close_own_side()

        assert (await client.rest()).endswith(b"hello")


async def test_an_answer_that_takes_time_is_sent_and_ends_the_connection() -> None:
    async with serving(receive_timeout_seconds=30) as served, served.connected() as client:
        await client.send(LATER)
        client.close_own_side()
        await served.application.waiting.wait()
        served.application.goes_on.set()

        assert (await client.rest()).endswith(b"hello")


async def test_pipelined_requests_are_all_answered_in_order() -> None:
    async with serving(receive_timeout_seconds=30) as served, served.connected() as client:
        await client.send(LATER + GET * 3)
        client.close_own_side()
        await served.application.waiting.wait()
        served.application.goes_on.set()

        assert (await client.rest()).count(b"hello") == 4


@pytest.mark.parametrize("part", [GET[:20], POST + b"x" * 50], ids=["headers", "body"])
async def test_a_request_that_is_never_complete_is_dropped_and_the_ones_before_are_answered(part: bytes) -> None:
    async with serving(receive_timeout_seconds=30) as served, served.connected() as client:
        await client.send(LATER + part)
        client.close_own_side()
        await served.application.waiting.wait()
        served.application.goes_on.set()

        assert (await client.rest()).count(b"HTTP/1.1 200") == 1


@pytest.mark.parametrize("part", [b"", b"GET / HT", POST, POST + b"x" * 50])
async def test_without_a_complete_request_the_connection_is_closed_at_once(part: bytes) -> None:
    async with serving(receive_timeout_seconds=300) as served, served.connected() as client:
        await client.send(part)
        client.close_own_side()

        assert await client.rest() == b""


async def test_after_its_answer_the_connection_is_closed_at_once() -> None:
    async with serving(receive_timeout_seconds=300) as served, served.connected() as client:
        await client.send(GET)
        await client.answer()
        client.close_own_side()

        assert await client.rest() == b""


@pytest.mark.slow
async def test_a_large_answer_is_read_whole() -> None:
    async with serving(receive_timeout_seconds=5) as served, served.connected(small_buffer=True) as client:
        await client.send(b"GET /large HTTP/1.1\r\nhost: test\r\n\r\n")
        client.close_own_side()
        await client.reader.readuntil(b"\r\n\r\n")
        received = 0
        while block := await client.reader.read(LARGE // 16):
            received += len(block)
            await asyncio.sleep(TIMEOUT_SECONDS / 1000)

    assert received == LARGE


async def test_work_without_an_answer_ends_after_the_timeout(served: Served) -> None:
    async with served.connected() as client:
        await client.send(WAIT)
        client.close_own_side()

        assert await client.rest() == b""
    async with asyncio.timeout(MAX_WAIT_SECONDS):
        await served.application.cancelled.wait()


async def test_half_closed_connections_without_a_key_give_way_to_new_ones() -> None:
    async with (
        serving(max_client_connections=2, receive_timeout_seconds=300) as served,
        served.connected() as one,
        served.connected() as two,
    ):
        for client in (one, two):
            await client.send(WAIT)
            client.close_own_side()
        await served.application.waiting.wait()
        async with served.connected() as new:
            await new.send(GET)

            assert (await new.answer()).endswith(b"hello")
