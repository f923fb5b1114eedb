"""A database that is unreachable, silent or slow, at the start and under load, and clients that disconnect."""

from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from threadkeep.tests.faults.load import note
from threadkeep.tests.faults.outages import DEADLINE, SLACK, TIMEOUT, assert_unavailable
from threadkeep.tests.faults.processes import ADMIN_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from threadkeep.tests.faults.outages import ServiceBehindProxy
    from threadkeep.tests.faults.proxy import Proxy

LENGTHS = [
    pytest.param(1, 8, id="short"),
    pytest.param(10, 24, id="ten seconds", marks=[pytest.mark.chaos, pytest.mark.timeout(0)]),
]


@pytest.mark.slow
async def test_a_start_waits_for_the_database_and_answers_503(
    service_behind_proxy: ServiceBehindProxy, client: httpx2.AsyncClient
) -> None:
    service_behind_proxy.proxy.refusing = True
    service_behind_proxy.proxy.cut()
    began = time.monotonic()
    health, readiness = await asyncio.gather(client.get("/healthz"), client.get("/readyz"))
    took = time.monotonic() - began
    refused = await asyncio.gather(client.get("/v1/users"), client.get("/openai/v1/threads/thread_x"))
    service_behind_proxy.proxy.refusing = False
    await asyncio.to_thread(service_behind_proxy.service.wait_until, 200)

    assert (health.status_code, readiness.status_code) == (200, 503)
    assert readiness.json()["checks"]["mongodb"] != "ok"
    assert took < 2 + SLACK
    for answer in refused:
        assert_unavailable(answer)
    assert (await client.get("/v1/users")).status_code == 200


@dataclass
class Answers:
    """Statistics of the answers to clients without retries."""

    statuses: dict[int, int] = field(default_factory=dict)
    slowest: float = 0
    wrong_refusals: list[str] = field(default_factory=list)


async def send_requests(client: httpx2.AsyncClient, thread_id: str, answers: Answers, until: float) -> None:
    """Send requests until the time `until`. Records the slowest answer, and errors of the wrong format."""
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
        answers.slowest = max(answers.slowest, time.monotonic() - began)
        answers.statuses[answer.status_code] = answers.statuses.get(answer.status_code, 0) + 1
        try:
            if not answer.is_success:
                assert_unavailable(answer)
        except AssertionError as error:
            answers.wrong_refusals.append(f"{method} {path}: {error}")
        await asyncio.sleep(0.02)


@contextmanager
def unreachable(proxy: Proxy) -> Iterator[None]:
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
def slow(proxy: Proxy) -> Iterator[None]:
    proxy.delay = TIMEOUT * 0.8
    yield
    proxy.delay = 0


@pytest.mark.slow
@pytest.mark.parametrize(("seconds", "clients"), LENGTHS)
@pytest.mark.parametrize("outage", [unreachable, silent, slow])
async def test_requests_during_an_outage_get_503_in_time_and_succeed_after_it(
    ready: ServiceBehindProxy, client: httpx2.AsyncClient, outage: Any, seconds: float, clients: int
) -> None:
    thread_id = (await client.post("/v1/threads", json={})).json()["id"]
    warm, answers, after = Answers(), Answers(), Answers()
    await asyncio.gather(*(send_requests(client, thread_id, warm, time.monotonic() + 0.3) for _ in range(clients)))
    memory, accepted = ready.service.resident_bytes(), ready.proxy.accepted

    with outage(ready.proxy):
        ends = time.monotonic() + seconds
        asking = [asyncio.create_task(send_requests(client, thread_id, answers, ends)) for _ in range(clients)]
        await asyncio.sleep(0.2)
        began = time.monotonic()
        readiness = await client.get("/readyz")
        took = time.monotonic() - began
        await asyncio.gather(*asking)
    new_connections = ready.proxy.accepted - accepted
    began = time.monotonic()
    while not (await client.get(f"/v1/threads/{thread_id}")).is_success:
        assert time.monotonic() < began + 10
        await asyncio.sleep(0.05)
    recovered = time.monotonic() - began
    await asyncio.gather(*(send_requests(client, thread_id, after, time.monotonic() + 0.3) for _ in range(clients)))

    grown = (ready.service.resident_bytes() - memory) / 1e6
    note(
        f"database {outage.__name__} for {seconds:g} s under {clients} clients",
        answers=sum(answers.statuses.values()),
        refused=answers.statuses.get(503, 0),
        slowest=answers.slowest,
        recovered=recovered,
        connections=new_connections,
        megabytes=grown,
    )
    assert answers.wrong_refusals == []
    assert answers.slowest < DEADLINE + SLACK
    assert readiness.status_code == 503 or outage is slow
    assert took < 2 + SLACK
    assert set(after.statuses) == {200}
    assert recovered < 3 + SLACK
    assert new_connections < 50 + 2 * seconds + 30
    assert grown < 60


@pytest.mark.slow
async def test_a_batch_of_a_client_that_disconnects_is_stored_whole_or_not_at_all(
    ready: ServiceBehindProxy, client: httpx2.AsyncClient
) -> None:
    thread_id = (await client.post("/v1/threads", json={})).json()["id"]
    path = f"/v1/threads/{thread_id}/messages"
    headers = {"authorization": f"Bearer {ADMIN_KEY}"}
    ready.proxy.delay = 0.05
    for timeout in (0.01, 0.05, 0.1, 0.15, 0.2, 0.3):
        async with httpx2.AsyncClient(base_url=ready.service.url, headers=headers, timeout=timeout) as disconnecting:
            batch = {"messages": [{"content": f"{timeout} {index}"} for index in range(5)]}
            with suppress(httpx2.TimeoutException):
                await disconnecting.post(path, json=batch)
    ready.proxy.delay = 0

    last = (await client.post(path, json={"content": "last"})).json()
    texts = [message["content"] for message in (await client.get(path, params={"limit": 100})).json()["data"]]

    assert texts[-1] == "last"
    assert last["seq"] == len(texts)
    for timeout in {text.split()[0] for text in texts[:-1]}:
        assert [text for text in texts if text.startswith(f"{timeout} ")] == [f"{timeout} {n}" for n in range(5)]
    assert (await client.get(f"/v1/threads/{thread_id}")).json()["message_count"] == len(texts)
