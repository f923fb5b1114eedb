"""Large bodies that one key sends at the same time are read one after the other. None waits until its deadline."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import httpx2

from threadkeep.tests.live_server import run_live_server

if TYPE_CHECKING:
    from pymongo import MongoClient

MIB = 1024 * 1024


async def test_bodies_that_exceed_the_share_of_a_key_together_are_all_read(
    mongo: MongoClient[dict[str, Any]], mongo_url: str
) -> None:
    limits: dict[str, Any] = {"max_body_bytes": 2 * MIB, "max_bodies_bytes": 4 * MIB, "max_message_bytes": MIB}
    with run_live_server(mongo, mongo_url, request_timeout_seconds=20, **limits) as server:
        body, headers = b'{"unknown": "%b"}' % (b"x" * (2 * MIB - 100)), {"x-api-key": server.admin_key}
        began = time.monotonic()
        async with httpx2.AsyncClient(base_url=server.url, headers=headers, timeout=60) as client:
            answers = await asyncio.gather(*(client.post("/v1/threads", content=body) for _ in range(12)))

    assert {answer.status_code for answer in answers} == {422}
    assert time.monotonic() - began < 15
