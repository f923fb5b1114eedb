"""A service behind a proxy, and the answers that it must give while its database fails."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx2

    from threadkeep.tests.faults.processes import Service
    from threadkeep.tests.faults.proxy import Proxy

TIMEOUT = 1.0
"""The timeout of one database operation, in seconds."""
DEADLINE = 2.0
"""The deadline of a request, in seconds."""
SLACK = 3.0
"""Seconds that a busy machine may add."""


@dataclass
class ServiceBehindProxy:
    """A service, and the proxy between it and its database."""

    service: Service
    proxy: Proxy


def assert_unavailable(answer: httpx2.Response) -> None:
    """Check that the answer is a 503 with `Retry-After`, in the error format of its API."""
    assert answer.status_code == 503, answer.text
    assert int(answer.headers["retry-after"]) >= 1
    error = answer.json()["error"]
    if answer.request.url.path.startswith("/openai/"):
        assert error["message"]
    else:
        assert error in ("Unavailable", "Overloaded")
        assert answer.json()["detail"]


async def post_until_accepted(client: httpx2.AsyncClient, path: str, body: Any, headers: Any = None) -> httpx2.Response:
    """Send the request until its answer is neither 409 nor 503."""
    for _ in range(200):
        answer = await client.post(path, json=body, headers=headers)
        if answer.status_code not in (409, 503):
            return answer
        await asyncio.sleep(0.05)
    raise AssertionError("The service did not recover.")
