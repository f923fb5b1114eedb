from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, Any

import httpx2
import pytest
from fastapi import Body, Depends
from starlette.requests import Request  # noqa: TC002 - FastRoute reads annotations

from threadkeep.app import create_app
from threadkeep.client.options import certificates
from threadkeep.errors import Overloaded
from threadkeep.keep import Threadkeep
from threadkeep.routers.http.admission import UNCOUNTED_BYTES, Admission, slot_of
from threadkeep.routers.http.route import FastRoute
from threadkeep.services import Caller
from threadkeep.settings import Settings
from threadkeep.testing import mongomock_client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

LARGE = 100_000
JSON = {"content-type": "application/json"}


def seconds_left(request: Request) -> float:
    return slot_of(request.scope).deadline - asyncio.get_running_loop().time()


class Gate:
    """A route that holds requests until the gate is opened, and returns the seconds left until their deadline."""

    def __init__(self) -> None:
        self.inside = 0
        self.open = asyncio.Event()
        self.route = FastRoute("/v1/gate", self._pass, methods=["POST"])

    async def _pass(
        self, left: Annotated[float, Depends(seconds_left)], _: Annotated[dict[str, Any], Body()]
    ) -> dict[str, float]:
        self.inside += 1
        await self.open.wait()
        return {"left": left}

    async def wait_for(self, count: int) -> None:
        while self.inside < count:  # noqa: ASYNC110  simpler than an event for each number
            await asyncio.sleep(0.001)


class Upload:
    """A body that starts when it is read, and ends when the test sets `ending`."""

    def __init__(self, size: int) -> None:
        self._size = size
        self.started, self.ending = asyncio.Event(), asyncio.Event()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self.started.set()
        yield b'{"a": "' + b"x" * self._size
        await self.ending.wait()
        yield b'"}'


@pytest.fixture
async def gate() -> Gate:
    return Gate()


@asynccontextmanager
async def serving(gate: Gate, **settings: Any) -> AsyncIterator[httpx2.AsyncClient]:
    keep = Threadkeep(mongomock_client(), sweep_seconds=None)
    app = create_app(Settings(_env_file=None, auth=False, **settings), keep=keep)
    app.router.routes.append(gate.route)
    transport = httpx2.ASGITransport(app)
    async with (
        keep,
        app.router.lifespan_context(app),
        httpx2.AsyncClient(verify=certificates(), transport=transport) as client,
    ):
        await app.state.opened
        client.base_url = "http://test"
        yield client


def sending(client: httpx2.AsyncClient, body: Any, **headers: str) -> asyncio.Task[httpx2.Response]:
    return asyncio.create_task(client.post("/v1/gate", content=body, headers=JSON | headers))


async def test_the_wait_for_an_admission_slot_counts_towards_the_deadline(gate: Gate) -> None:
    async with serving(gate, max_concurrent_requests=1, max_key_share=1.0, request_timeout_seconds=30) as client:
        first = sending(client, b"{}")
        await gate.wait_for(1)
        second = sending(client, b"{}")
        await asyncio.sleep(0.1)
        gate.open.set()

        assert 29.95 < (await first).json()["left"] <= 30
        assert (await second).json()["left"] < 29.95


async def test_a_request_without_an_admission_slot_at_its_deadline_is_refused(gate: Gate) -> None:
    async with serving(gate, max_concurrent_requests=1, max_key_share=1.0, request_timeout_seconds=0.1) as client:
        first = sending(client, b"{}")
        await gate.wait_for(1)
        second = await client.post("/v1/gate", json={})

    assert ((await first).status_code, (await first).json()["error"]) == (503, "Unavailable")
    assert (second.status_code, second.json()["error"]) in {(503, "Overloaded"), (503, "Unavailable")}
    assert second.headers["retry-after"] == "1"


async def test_slow_uploads_hold_no_admission_slot_and_keep_their_time(gate: Gate) -> None:
    gate.open.set()
    async with serving(gate, max_concurrent_requests=1, max_key_share=1.0, request_timeout_seconds=30) as client:
        uploads = [Upload(10) for _ in range(5)]
        slow = [sending(client, upload) for upload in uploads]
        for upload in uploads:
            await upload.started.wait()
        await asyncio.sleep(0.1)
        quick = await client.post("/v1/gate", json={})
        for upload in uploads:
            upload.ending.set()

        assert quick.is_success
        for request in slow:
            assert (await request).json()["left"] > 29.95


@pytest.mark.parametrize("announced", [True, False])
async def test_bodies_wait_until_their_memory_is_free(gate: Gate, announced: bool) -> None:  # noqa: FBT001 - both
    headers = {"content-length": str(LARGE + 9)} if announced else {}
    limits = {"max_body_bytes": LARGE + 9, "max_bodies_bytes": 2 * UNCOUNTED_BYTES, "max_key_share": 1.0}
    async with serving(gate, **limits) as client:
        uploads = [Upload(LARGE) for _ in range(4)]
        for upload in uploads:
            upload.ending.set()
        requests = [sending(client, upload, **headers) for upload in uploads]
        await gate.wait_for(2)
        small = sending(client, b"{}")
        await gate.wait_for(3)
        await asyncio.sleep(0.02)
        inside = gate.inside
        gate.open.set()

        assert inside == 3
        assert [(await request).status_code for request in (*requests, small)] == [200] * 5
        assert gate.inside == 5


async def test_a_refused_or_aborted_body_releases_its_memory(gate: Gate) -> None:
    gate.open.set()
    limits = {
        "max_body_bytes": LARGE + 9,
        "max_bodies_bytes": LARGE + 9,
        "max_concurrent_requests": 1,
        "max_key_share": 1.0,
    }
    async with serving(gate, **limits) as client:
        for _ in range(3):
            upload = Upload(LARGE)
            aborted = sending(client, upload, **{"content-length": str(LARGE + 9)})
            await upload.started.wait()
            aborted.cancel()
            await asyncio.wait([aborted])
        too_long = [await client.post("/v1/gate", content=b"x" * (LARGE + 10), headers=JSON) for _ in range(3)]
        no_json = [await client.post("/v1/gate", content=b"x" * LARGE, headers=JSON) for _ in range(3)]

        assert [response.status_code for response in (*too_long, *no_json)] == [413] * 3 + [422] * 3
        assert (await client.post("/v1/gate", json={})).is_success


async def test_requests_that_time_out_release_their_admission_slots() -> None:
    settings = Settings(_env_file=None, max_concurrent_requests=1, max_key_share=1.0, request_timeout_seconds=0.02)
    admission, caller = Admission(settings), Caller("admin")
    slot = await admission.admit(caller)
    for _ in range(3):
        with pytest.raises(Overloaded):
            await admission.admit(caller)
    slot.pause()
    other = await admission.admit(caller)
    with pytest.raises(Overloaded):
        await slot.resume()
    slot.close()
    other.close()

    await admission.admit(caller)
    with pytest.raises(Overloaded):
        await admission.admit(caller)
