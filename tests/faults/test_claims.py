"""Idempotency keys of large and of interrupted requests. Two Threadkeeps in one process use one database."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from threadkeep.clock import now
from threadkeep.errors import StillRunning
from threadkeep.services import TRUSTED, Claims, Tuning
from threadkeep.tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from threadkeep.tests.faults.conftest import Pair
    from threadkeep.tests.live_server import LiveServer

LONG_LOCKS = Tuning(claim_lock_seconds=600)


@pytest.fixture
def http(live_server: LiveServer) -> Iterator[httpx2.Client]:
    headers = {"authorization": f"Bearer {live_server.admin_key}", "idempotency-key": "k"}
    with httpx2.Client(base_url=live_server.url, headers=headers, timeout=30) as client:
        yield client


@pytest.mark.slow
def test_a_retry_gets_an_answer_of_13_megabytes_again(http: httpx2.Client) -> None:
    thread = http.post("/v1/threads", json={}, headers={"idempotency-key": "thread"}).json()["id"]
    batch = {"messages": [{"content": "x" * 1_000_000}] * 13}

    answers = [http.post(f"/v1/threads/{thread}/messages", json=batch) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert http.get(f"/v1/threads/{thread}").json()["message_count"] == 13


async def claim(claims: Claims) -> Any:
    return await claims.claim(TRUSTED, b"key", b"request")


@pytest.mark.parametrize("tuning", [LONG_LOCKS])
async def test_another_process_takes_over_a_claim_that_is_no_longer_renewed(keeps: Pair) -> None:
    one, other = Claims(keeps[0].runtime.documents, LONG_LOCKS, renewal_seconds=0.05), keeps[1].runtime.claims
    keeps[0].runtime.background.start(one.renew(), "keep claims")
    first = await claim(one)
    stored = keeps[0].runtime.documents.idempotency_keys.get_pymongo_collection()

    async def renewed() -> bool:
        return await stored.find_one({"_id": first.id, "locked_until": {"$gt": first.locked_until}}) is not None

    await until(renewed)
    with pytest.raises(StillRunning):
        await claim(other)
    one.leave(first)
    while True:
        await stored.update_one({"_id": first.id}, {"$set": {"locked_until": now() - timedelta(seconds=1)}})
        with suppress(StillRunning):  # because of a renewal that was on its way
            second = await claim(other)
            break

    assert (second.id, second.seed) == (first.id, first.seed)
    assert other.ids_of(second).is_retry
