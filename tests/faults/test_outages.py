"""The database away, silent, slow: at start, and under load; and clients that go away."""

from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from threadkeep.tests.faults.load import note
from threadkeep.tests.faults.outages import DEADLINE, LATE, TIMEOUT, assert_asks_to_try_again
from threadkeep.tests.faults.processes import ADMIN_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from threadkeep.tests.faults.outages import Place
    from threadkeep.tests.faults.proxy import Proxy

LENGTHS = [
    pytest.param(1, 8, id="short"),
    pytest.param(10, 24, id="ten seconds", marks=[pytest.mark.chaos, pytest.mark.timeout(0)]),
]


async def test_start_waits_for_the_database_and_says_so(place: Place, client: httpx2.AsyncClient) -> None:
    place.proxy.refusing = True
    place.proxy.cut()
    began = time.monotonic()
    health, readiness = await asyncio.gather(client.get("/healthz"), client.get("/readyz"))
    took = time.monotonic() - began
    refused = await asyncio.gather(client.get("/v1/users"), client.get("/openai/v1/threads/thread_x"))
    place.proxy.refusing = False
    await asyncio.to_thread(place.service.wait_until, 200)

    assert (health.status_code, readiness.status_code) == (200, 503)
    assert readiness.json()["checks"]["mongodb"] != "ok"
    assert took < 2 + LATE
    for answer in refused:
        assert_asks_to_try_again(answer)
    assert (await client.get("/v1/users")).status_code == 200


@dataclass
class Notes:
    """What clients without retries were answered."""

    statuses: dict[int, int] = field(default_factory=dict)
    slowest: float = 0
    unfit: list[str] = field(default_factory=list)


async def ask(client: httpx2.AsyncClient, thread_id: str, notes: Notes, until: float) -> None:
    """Do what clients do, over and over; what is refused must be refused in the right way and in time."""
    calls = [
        ("POST", f"/v1/threads/{thread_id}/messages", {"content": "x", "role": "assistant"}),
        ("GET", f"/v1/threads/{thread_id}/messages", None),
        ("POST", f"/v1/threads/{thread_id}/messages", {"messages": [{"content": "x"}, {"content": "y"}]}),
        ("POST", "/v1/threads", {"messages": [{"content": "x"}]}),
        ("POST", f"/openai/v1/threads/{thread_id}/messages", {"role": "user", "content": "x"}),
        ("GET", "/openai/v1/threads/" + thread_id, None),
        ("PUT", f"/v1/threads/{thread_id}", {"meta_data": {"a": 1}}),
    ]
    count = 0
    while time.monotonic() < until:
        method, path, body = calls[count % len(calls)]
        count += 1
        began = time.monotonic()
        answer = await client.request(method, path, json=body)
        notes.slowest = max(notes.slowest, time.monotonic() - began)
        notes.statuses[answer.status_code] = notes.statuses.get(answer.status_code, 0) + 1
        try:
            if not answer.is_success:
                assert_asks_to_try_again(answer)
        except AssertionError as error:
            notes.unfit.append(f"{method} {path}: {error}")
        await asyncio.sleep(0.02)


@contextmanager
def gone(proxy: Proxy) -> Iterator[None]:
    proxy.refusing = True
    proxy.cut()
    yield
    proxy.refusing = False


@contextmanager
def silent(proxy: Proxy) -> Iterator[None]:
    proxy.silent = True
    yield
    proxy.silent = False


@contextmanager
def unsteady(proxy: Proxy) -> Iterator[None]:
    proxy.delay = TIMEOUT * 0.8
    yield
    proxy.delay = 0


@pytest.mark.parametrize(("seconds", "clients"), LENGTHS)
@pytest.mark.parametrize("outage", [gone, silent, unsteady])
async def test_outage_under_load_is_answered_in_time_and_recovered_from(
    ready: Place, client: httpx2.AsyncClient, outage: Any, seconds: float, clients: int
) -> None:
    thread_id = (await client.post("/v1/threads", json={})).json()["id"]
    warm, notes, after = Notes(), Notes(), Notes()
    await asyncio.gather(*(ask(client, thread_id, warm, time.monotonic() + 0.3) for _ in range(clients)))
    memory, accepted = ready.service.resident_bytes(), ready.proxy.accepted

    with outage(ready.proxy):
        ends = time.monotonic() + seconds
        asking = [asyncio.create_task(ask(client, thread_id, notes, ends)) for _ in range(clients)]
        await asyncio.sleep(0.2)
        began = time.monotonic()
        readiness = await client.get("/readyz")
        took = time.monotonic() - began
        await asyncio.gather(*asking)
    storm = ready.proxy.accepted - accepted
    began = time.monotonic()
    while not (await client.get(f"/v1/threads/{thread_id}")).is_success:
        assert time.monotonic() < began + 10
        await asyncio.sleep(0.05)
    recovered = time.monotonic() - began
    await asyncio.gather(*(ask(client, thread_id, after, time.monotonic() + 0.3) for _ in range(clients)))

    grown = (ready.service.resident_bytes() - memory) / 1e6
    note(
        f"database {outage.__name__} for {seconds:g} s under {clients} clients",
        answers=sum(notes.statuses.values()),
        refused=notes.statuses.get(503, 0),
        slowest=notes.slowest,
        recovered=recovered,
        connections=storm,
        megabytes=grown,
    )
    assert notes.unfit == []
    assert notes.slowest < DEADLINE + LATE
    assert readiness.status_code == 503 or outage is unsteady
    assert took < 2 + LATE
    assert set(after.statuses) == {200}
    assert recovered < 3 + LATE
    assert storm < 50 + 2 * seconds + 30
    assert grown < 60


async def test_client_that_goes_away_breaks_nothing_in_two(ready: Place, client: httpx2.AsyncClient) -> None:
    thread_id = (await client.post("/v1/threads", json={})).json()["id"]
    path = f"/v1/threads/{thread_id}/messages"
    headers = {"authorization": f"Bearer {ADMIN_KEY}"}
    ready.proxy.delay = 0.05
    for patience in (0.01, 0.05, 0.1, 0.15, 0.2, 0.3):
        async with httpx2.AsyncClient(base_url=ready.service.url, headers=headers, timeout=patience) as impatient:
            batch = {"messages": [{"content": f"{patience} {place}"} for place in range(5)]}
            with suppress(httpx2.TimeoutException):
                await impatient.post(path, json=batch)
    ready.proxy.delay = 0

    last = (await client.post(path, json={"content": "last"})).json()
    texts = [message["content"] for message in (await client.get(path, params={"limit": 100})).json()["data"]]

    assert texts[-1] == "last"
    assert last["seq"] == len(texts)
    for patience in {text.split()[0] for text in texts[:-1]}:
        assert [text for text in texts if text.startswith(f"{patience} ")] == [f"{patience} {n}" for n in range(5)]
    assert (await client.get(f"/v1/threads/{thread_id}")).json()["message_count"] == len(texts)
