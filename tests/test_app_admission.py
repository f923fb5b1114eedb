"""More requests at once than the application admits."""

from __future__ import annotations

import asyncio

import pytest

from threadkeep.routers.http.route import FastRoute
from threadkeep.tests.app_in_memory import app_with, running
from threadkeep.tests.waiting import let_others_run


class Gate:
    """An endpoint that holds its requests until the gate is opened."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.inside = 0
        self._entered = asyncio.Condition()
        self.route = FastRoute("/v1/gate", self.pass_through, methods=["POST"])

    async def pass_through(self) -> dict[str, int]:
        async with self._entered:
            self.inside += 1
            self._entered.notify_all()
        await self.open.wait()
        return {"inside": self.inside}

    async def wait_for(self, count: int) -> None:
        async with self._entered:
            await self._entered.wait_for(lambda: self.inside >= count)


async def test_requests_over_the_limit_are_refused_at_once_and_the_others_are_served() -> None:
    gate = Gate()
    app = app_with(gate.route, max_concurrent_requests=2, max_waiting_requests=1, max_key_share=1)
    async with running(app) as client:
        await app.state.opened
        served = [asyncio.create_task(client.post("/v1/gate", json={})) for _ in range(2)]
        await gate.wait_for(2)
        waiting = asyncio.create_task(client.post("/v1/gate", json={}))
        await let_others_run()

        refused = await client.get("/v1/users")
        health = await client.get("/healthz"), await client.get("/readyz")
        gate.open.set()
        answers = [await one for one in (*served, waiting)]
        figures = await client.get("/metrics")

    assert (refused.status_code, refused.json()["error"]) == (503, "Overloaded")
    assert (refused.headers["retry-after"], refused.headers["x-content-type-options"]) == ("1", "nosniff")
    assert [answer.status_code for answer in health] == [200, 200]
    assert [answer.json() for answer in answers] == [{"inside": 2}, {"inside": 2}, {"inside": 3}]
    assert "threadkeep_requests_refused_total 1.0" in figures.text


async def test_a_request_over_the_limit_is_refused_in_the_error_format_of_its_api() -> None:
    gate = Gate()
    app = app_with(gate.route, max_concurrent_requests=1, max_waiting_requests=0, max_key_share=1)
    async with running(app) as client:
        await app.state.opened
        served = asyncio.create_task(client.post("/v1/gate", json={}))
        await gate.wait_for(1)

        refused = await client.get("/openai/v1/threads/x")
        gate.open.set()
        await served

    assert (refused.status_code, refused.json()["error"]["type"]) == (503, "server_error")


async def test_a_client_that_disconnects_while_it_waits_releases_its_admission_slot() -> None:
    gate = Gate()
    app = app_with(gate.route, max_concurrent_requests=1, max_waiting_requests=1, max_key_share=1)
    async with running(app) as client:
        await app.state.opened
        served = asyncio.create_task(client.post("/v1/gate", json={}))
        await gate.wait_for(1)
        for _ in range(3):
            leaving = asyncio.create_task(client.post("/v1/gate", json={}))
            await let_others_run()
            leaving.cancel()
            await asyncio.wait([leaving])
        gate.open.set()

        assert (await served).json() == {"inside": 1}
        assert (await client.post("/v1/gate", json={})).json() == {"inside": 2}


async def test_a_timeout_of_the_caller_in_the_same_process_cancels_the_request() -> None:
    gate = Gate()
    app = app_with(gate.route)
    async with running(app) as client:
        await app.state.opened

        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await client.post("/v1/gate", json={})
