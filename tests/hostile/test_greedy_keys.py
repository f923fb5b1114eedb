"""One API key cannot take the share of the others: slots, memory of answers, requests and bytes per second."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import psutil
import pytest

from threadkeep.tests.hostile.sockets import SMALL_BUFFER, many, seconds_of_ordinary_requests
from threadkeep.tests.service_process import Service, service

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "tk_greedy000123456789012345678901234567890"
MIB = 1024 * 1024
RESPONSES = 32 * MIB
CONNECTIONS = 80
PATIENCE_SECONDS = 8


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service with little memory for answers, and few requests per second for user keys."""
    limits = {"max_responses_bytes": RESPONSES, "max_concurrent_requests": 16, "request_timeout_seconds": 10}
    limits |= {"max_client_connections": CONNECTIONS}
    rates = {"user_key_requests_per_second": 1, "key_bytes_per_second": 0}
    folder = tmp_path_factory.mktemp("greedy")
    with service(folder, admin_key=KEY, **limits, **rates) as started:
        yield started.wait_until_ready()


@pytest.fixture(scope="module")
def other(running: Service) -> str:
    """The key of another caller."""
    return str(running.post("/v1/admin/keys", {"scope": "service"}, KEY).json()["plain_key"])


@pytest.fixture(scope="module")
def large_thread(running: Service) -> str:
    """A thread whose messages fill a page of 5 MiB."""
    thread = running.post("/v1/threads", {}, KEY).json()["id"]
    text = "x" * (100 * 1024)
    for _ in range(5):
        messages = [{"role": "assistant", "content": text}] * 10
        assert running.post(f"/v1/threads/{thread}/messages", {"messages": messages}, KEY).is_success
    return str(thread)


@pytest.mark.slow
def test_unread_large_pages_are_bounded_and_others_are_served(running: Service, other: str, large_thread: str) -> None:
    server = psutil.Process(running.process.pid)
    before = server.memory_info().rss
    request = (
        f"GET /v1/threads/{large_thread}/messages?limit=50 HTTP/1.1\r\nhost: test\r\nx-api-key: {KEY}\r\n\r\n".encode()
    )
    with many(running.url, 40, request, buffer=SMALL_BUFFER):
        wait_for_full_budget(running, "response_bytes")
        times = seconds_of_ordinary_requests(running.url, other)
        page = running.get(f"/v1/threads/{large_thread}/messages?limit=50", other)
        grown = server.memory_info().rss - before

    assert page.status_code == 200
    assert max(times) < PATIENCE_SECONDS
    assert grown < 3 * RESPONSES


def wait_for_full_budget(running: Service, budget: str) -> None:
    """Wait until requests wait for this budget."""
    deadline = time.monotonic() + 10
    while f'threadkeep_budget_waiting{{budget="{budget}"}} 0' in running.get("/metrics", KEY).text:
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.slow
def test_a_key_over_its_rate_limit_is_answered_429_with_retry_after(running: Service) -> None:
    user = running.post("/v1/users", {}, KEY).json()["id"]
    key = running.post(f"/v1/admin/users/{user}/keys", {}, KEY).json()["plain_key"]
    answers = [running.get(f"/v1/users/{user}", key) for _ in range(14)]
    refused = [answer for answer in answers if answer.status_code == 429]

    assert answers[0].status_code == 200
    assert refused
    assert refused[0].json()["error"] == "RateLimited"
    assert int(refused[0].headers["retry-after"]) >= 1
    assert refused[0].headers["ratelimit-policy"] == '"requests";q=1;w=1'
    assert refused[0].headers["ratelimit"].startswith('"requests";r=0;t=')
    assert running.get("/v1/users", KEY).status_code == 200
    openai = running.get("/openai/v1/threads/thread_x", key)
    assert openai.status_code == 429
    assert openai.json()["error"]["code"] == "rate_limit_exceeded"


@pytest.mark.slow
def test_the_budgets_are_in_the_metrics(running: Service) -> None:
    text = running.get("/metrics", KEY).text

    for budget in ("requests", "body_bytes", "response_bytes"):
        for figure in ("limit", "used", "waiting"):
            assert f'threadkeep_budget_{figure}{{budget="{budget}"}}' in text
    assert f'threadkeep_budget_limit{{budget="response_bytes"}} {float(RESPONSES):g}'.split()[0] in text
    assert "threadkeep_requests_rate_limited_total" in text


@pytest.mark.slow
def test_two_keys_of_one_user_have_one_share(running: Service) -> None:
    user = running.post("/v1/users", {}, KEY).json()["id"]
    keys = [running.post(f"/v1/admin/users/{user}/keys", {}, KEY).json()["plain_key"] for _ in range(2)]
    answers = [running.get(f"/v1/users/{user}", keys[number % 2]).status_code for number in range(24)]

    assert 429 in answers


@pytest.mark.slow
def test_one_key_on_all_connections_gives_way_to_others(running: Service, other: str) -> None:
    head = f"POST /v1/threads HTTP/1.1\r\nhost: test\r\nx-api-key: {KEY}\r\ncontent-length: 2000000\r\n\r\n{{".encode()
    with many(running.url, CONNECTIONS + 20, head):
        alive = running.get("/healthz")
        times = seconds_of_ordinary_requests(running.url, other)

    assert alive.status_code == 200
    assert max(times) < PATIENCE_SECONDS
