"""The head of a response and the beginning of its body are one write."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from threadkeep.server.first_write import FirstWrite
from threadkeep.tests.server.protocol_server import serving

GET = b"GET / HTTP/1.1\r\nhost: test\r\n\r\n"
HEAD = b"HEAD / HTTP/1.1\r\nhost: test\r\n\r\n"


class Transport:
    """Notes its calls."""

    def __init__(self) -> None:
        self.calls: list[Any] = []

    def write(self, data: bytes) -> None:
        self.calls.append(data)

    def writelines(self, parts: tuple[bytes, ...]) -> None:
        self.calls.append(parts)

    def close(self) -> None:
        self.calls.append("close")


def first_write() -> tuple[Transport, FirstWrite]:
    transport = Transport()
    return transport, FirstWrite(cast("asyncio.Transport", transport), asyncio.get_running_loop())


async def test_the_first_two_writes_are_one_and_the_others_are_not_held() -> None:
    transport, response = first_write()
    for data in (b"head", b"body", b"more", b"end"):
        response.write(data)
    await asyncio.sleep(0)

    assert transport.calls == [(b"head", b"body"), b"more", b"end"]


async def test_a_head_whose_body_comes_later_is_written_when_the_loop_is_free() -> None:
    transport, response = first_write()
    response.write(b"head")
    assert transport.calls == []
    await asyncio.sleep(0)
    assert transport.calls == [b"head"]
    response.write(b"body")

    assert transport.calls == [b"head", b"body"]


async def test_a_head_is_written_before_the_connection_is_closed() -> None:
    transport, response = first_write()
    response.write(b"head")
    response.close()
    await asyncio.sleep(0)

    assert transport.calls == [b"head", "close"]


async def test_a_head_is_dropped_with_its_connection() -> None:
    transport, response = first_write()
    response.write(b"head")
    response.drop()
    await asyncio.sleep(0)

    assert transport.calls == []


async def test_a_response_without_a_body_is_sent_before_its_connection_ends() -> None:
    async with serving() as served, served.connected() as client:
        await client.send(HEAD)
        client.close_own_side()

        assert b"200 OK" in await client.rest()


async def test_pipelined_responses_without_a_body_are_sent_in_order() -> None:
    async with serving() as served, served.connected() as client:
        await client.send(HEAD + GET + HEAD)
        client.close_own_side()

        assert (await client.rest()).split(b"hello")[0].count(b"200 OK") == 2
