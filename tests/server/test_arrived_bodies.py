"""A small body that has arrived whole is taken from the connection, once. Any other body is received in pieces."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from threadkeep.tests.server.protocol_server import MAX_WAIT_SECONDS, Served, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

HEAD = b"POST /take HTTP/1.1\r\nhost: test\r\n"


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    async with serving() as served:
        yield served


async def taken(served: Served, *pieces: bytes) -> list[bytes | None]:
    """What the application takes. The pieces after the first one are sent when the request is answered."""
    async with served.connected() as client:
        await client.send(pieces[0])
        await client.answer()
        for piece in pieces[1:]:
            await client.send(piece)
    return served.application.taken


async def test_a_small_body_that_has_arrived_is_taken_once(served: Served) -> None:
    assert await taken(served, HEAD + b"content-length: 4\r\n\r\nbody") == [b"body", b""]


async def test_no_body_is_an_empty_one(served: Served) -> None:
    assert await taken(served, HEAD + b"\r\n") == [b"", b""]


async def test_a_body_in_chunks_is_taken_too(served: Served) -> None:
    chunks = b"2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n"

    assert await taken(served, HEAD + b"transfer-encoding: chunked\r\n\r\n" + chunks) == [b"body", b""]


async def test_a_body_above_the_limit_is_not_taken(served: Served) -> None:
    assert await taken(served, HEAD + b"content-length: 5\r\n\r\nbody!") == [None, None]


@pytest.mark.parametrize("arrived", range(4))
async def test_a_body_that_has_not_arrived_whole_is_not_taken(served: Served, arrived: int) -> None:
    first, rest = b"body"[:arrived], b"body"[arrived:]

    assert await taken(served, HEAD + b"content-length: 4\r\n\r\n" + first, rest) == [None, None]


async def test_pipelined_requests_take_their_own_bodies(served: Served) -> None:
    async with served.connected() as client:
        await client.send(b"".join(HEAD + b"content-length: 1\r\n\r\n" + body for body in (b"a", b"b", b"c")))
        for _ in range(3):
            await client.answer()

    assert served.application.taken == [b"a", b"", b"b", b"", b"c", b""]


async def test_a_client_that_leaves_with_requests_in_the_pipeline_is_noticed(served: Served) -> None:
    """While requests wait, the server reads no more, unless the running one goes on reading."""
    request = b"POST /take/wait HTTP/1.1\r\nhost: test\r\ncontent-length: 4\r\n\r\nbody"
    async with served.connected() as client:
        await client.send(request * 2)
        await served.application.waiting.wait()
        await client.reset()

    async with asyncio.timeout(MAX_WAIT_SECONDS):
        await served.application.cancelled.wait()
    assert served.application.taken == [b"body", b""]
