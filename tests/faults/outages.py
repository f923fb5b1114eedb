"""A service that meets faults of its database, and how it must answer them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx2

    from threadkeep.tests.faults.processes import Service
    from threadkeep.tests.faults.proxy import Proxy

TIMEOUT = 1.0
"""Of one operation on the database."""
DEADLINE = 2.0
"""Of a request."""
LATE = 3.0
"""What a busy machine may add."""


@dataclass
class Place:
    """A service, and the proxy between it and its database."""

    service: Service
    proxy: Proxy


def assert_asks_to_try_again(answer: httpx2.Response) -> None:
    """In the dialect of its door."""
    assert answer.status_code == 503, answer.text
    assert int(answer.headers["retry-after"]) >= 1
    error = answer.json()["error"]
    if answer.request.url.path.startswith("/openai/"):
        assert error["message"]
    else:
        assert error in ("Unavailable", "Overloaded")
        assert answer.json()["detail"]


async def insist(client: httpx2.AsyncClient, path: str, body: Any, headers: Any = None) -> httpx2.Response:
    """Ask until the answer is not that it should be tried again."""
    for _ in range(200):
        answer = await client.post(path, json=body, headers=headers)
        if answer.status_code not in (409, 503):
            return answer
        await asyncio.sleep(0.05)
    raise AssertionError("It never recovered.")
