"""The load of the benchmark: its connections stay open, or are opened again."""

from __future__ import annotations

import asyncio

from threadkeep.benchmarks.load import Load, request

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"


async def test_connections_that_the_server_closed_are_opened_again() -> None:
    """A server closes idle connections. Another contestant may be measured for longer than it waits."""
    opened: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opened.append(writer)
        while await reader.read(1000):
            writer.write(ANSWER)
        writer.close()

    async with (
        await asyncio.start_server(serve, "127.0.0.1", 0) as server,
        Load(server.sockets[0].getsockname()[1], 2) as load,
    ):
        first = await load.run([request("GET", "/")], count=6)
        for writer in opened[:2]:
            writer.close()
            await writer.wait_closed()
        await asyncio.sleep(0.05)
        second = await asyncio.wait_for(load.run([request("GET", "/")], count=6), 10)

    assert (first.count, second.count, len(opened)) == (6, 6, 4)
