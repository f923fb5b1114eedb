from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, Any

import httpx2
import pytest
from fastapi import Body, Path

from threadkeep.app import create_app
from threadkeep.errors import StartupError
from threadkeep.keep import Threadkeep
from threadkeep.routers.route import FastRoute
from threadkeep.services import KeyService
from threadkeep.settings import Settings
from threadkeep.testing import mongomock_client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fastapi import FastAPI

    from threadkeep.tests.conftest import ConfigureLog

TEXT = "the text of a message"
CLOSED_PORT = "mongodb://127.0.0.1:9/?directConnection=true"  # nothing listens on the port of "discard"


def app_with(*routes: FastRoute, keep: Threadkeep | None = None, **settings: Any) -> FastAPI:
    """The application on a database in memory, with more routes."""
    keep = keep or Threadkeep(mongomock_client(), sweep_seconds=None)
    app = create_app(Settings(_env_file=None, **{"auth": False} | settings), keep=keep)
    app.router.routes.extend(routes)
    return app


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://test") as client,
    ):
        yield client
    await app.state.keep.close()


def lines_of_ours(log: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in log.splitlines()]
    return [line for line in lines if line["logger"].startswith("threadkeep")]


async def break_down(thread_id: Annotated[str, Path()], message: Annotated[dict[str, Any], Body()]) -> None:
    raise LookupError(f"{message['content']} in {thread_id}")


BROKEN = FastRoute("/v1/broken/{thread_id}", break_down, methods=["POST"])


async def test_a_fault_of_ours_tells_nothing_of_it_but_its_request_id(configure_log: ConfigureLog) -> None:
    read_log = configure_log(log_format="json", access_log=True)
    app = app_with(BROKEN, access_log=True)
    async with running(app) as client:
        await app.state.opened
        response = await client.post("/v1/broken/thread_66", json={"content": TEXT}, headers={"x-request-id": "mine"})

    assert response.status_code == 500
    assert response.json() == {"error": "InternalError", "detail": "Something went wrong on our side."}
    assert (response.headers["x-request-id"], response.headers["x-content-type-options"]) == ("mine", "nosniff")
    fault, request = lines_of_ours(read_log())
    assert (fault["event"], fault["error"], fault["request_id"]) == ("internal_error", "LookupError", "mine")
    assert "in break_down" in fault["exception"]
    assert (request["event"], request["status"], request["route"]) == ("request", 500, "/v1/broken/{thread_id}")
    for told in (str(fault), str(request)):
        assert TEXT not in told
        assert "thread_66" not in told


async def test_the_log_has_routes_and_never_paths_queries_keys_or_texts(configure_log: ConfigureLog) -> None:
    read_log = configure_log(log_format="json", log_level="debug", access_log=True)
    app = app_with(access_log=True, auth=True)
    async with running(app) as client:
        await app.state.opened
        key = (await app.state.keep.key_service.create_key("admin")).plain_key
        for method, path in (
            ("GET", f"/v1/threads/thread_66/messages?after={TEXT}"),
            ("PUT", "/v1/users/user_66"),
            ("POST", "/v1/nowhere/thread_66"),
            ("GET", "/openai/v1/threads/thread_66"),
        ):
            headers = {"authorization": f"Bearer {key}", "idempotency-key": TEXT}
            await client.request(method, path, headers=headers, json={"full_name": TEXT})
        await client.get("/v1/users/user_66", headers={"x-api-key": f"{key}x"})

    lines = lines_of_ours(read_log())
    assert [(line["method"], line["route"], line["status"]) for line in lines] == [
        ("GET", "/v1/threads/{thread_id}/messages", 404),
        ("PUT", "/v1/users/{user_id}", 404),
        ("POST", "", 404),
        ("GET", "/openai/v1/threads/{thread_id}", 404),
        ("GET", "", 401),
    ]
    assert all(line.keys() == {"method", "route", "status", "ms", *COMMON} for line in lines)
    for told in (key, TEXT, "_66"):
        assert told not in str(lines)


COMMON = {"event", "level", "logger", "request_id", "timestamp"}


async def test_requests_are_not_logged_unless_that_is_wanted(configure_log: ConfigureLog) -> None:
    read_log = configure_log(log_format="json")
    async with running(app_with()) as client:
        await client.get("/v1/users")

    assert lines_of_ours(read_log()) == []


async def test_a_fault_that_nobody_foresaw_leaves_the_application_working() -> None:
    app = app_with(BROKEN, max_concurrent_requests=1, max_waiting_requests=0)
    async with running(app) as client:
        await app.state.opened
        for _ in range(3):
            assert (await client.post("/v1/broken/x", json={"content": "x"})).status_code == 500

        assert (await client.get("/v1/users")).status_code == 200


class Gate:
    """An endpoint in which requests stay until they are let go."""

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


async def test_what_is_too_much_is_refused_at_once_and_the_rest_is_served() -> None:
    gate = Gate()
    app = app_with(gate.route, max_concurrent_requests=2, max_waiting_requests=1)
    async with running(app) as client:
        await app.state.opened
        served = [asyncio.create_task(client.post("/v1/gate")) for _ in range(2)]
        await gate.wait_for(2)
        waiting = asyncio.create_task(client.post("/v1/gate"))
        await asyncio.sleep(0.01)

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


async def test_too_much_is_refused_in_the_dialect_of_the_door() -> None:
    gate = Gate()
    app = app_with(gate.route, max_concurrent_requests=1, max_waiting_requests=0)
    async with running(app) as client:
        await app.state.opened
        served = asyncio.create_task(client.post("/v1/gate"))
        await gate.wait_for(1)

        refused = await client.get("/openai/v1/threads/x")
        gate.open.set()
        await served

    assert (refused.status_code, refused.json()["error"]["type"]) == (503, "server_error")


async def test_a_client_that_goes_away_while_it_waits_gives_its_place_to_the_next() -> None:
    gate = Gate()
    app = app_with(gate.route, max_concurrent_requests=1, max_waiting_requests=1)
    async with running(app) as client:
        await app.state.opened
        served = asyncio.create_task(client.post("/v1/gate"))
        await gate.wait_for(1)
        for _ in range(3):
            leaving = asyncio.create_task(client.post("/v1/gate"))
            await asyncio.sleep(0.01)
            leaving.cancel()
            await asyncio.wait([leaving])
        gate.open.set()

        assert (await served).json() == {"inside": 1}
        assert (await client.post("/v1/gate")).json() == {"inside": 2}


async def test_who_gives_a_request_up_in_the_same_process_hears_of_it() -> None:
    gate = Gate()
    app = app_with(gate.route)
    async with running(app) as client:
        await app.state.opened

        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await client.post("/v1/gate")


async def test_while_the_database_is_away_it_says_so_and_is_alive() -> None:
    keep = Threadkeep.connect(CLOSED_PORT, timeout_seconds=0.2, sweep_seconds=None)
    async with running(app_with(keep=keep)) as client:
        began = asyncio.get_running_loop().time()
        alive, ready = await client.get("/healthz"), await client.get("/readyz")
        requests = [await client.get("/v1/users"), await client.post("/v1/threads", json={})]
        openai = await client.post("/openai/v1/threads")
        took = asyncio.get_running_loop().time() - began

    assert (alive.status_code, alive.json()) == (200, {"status": "ok"})
    assert ready.status_code == 503
    assert ready.json() == {"status": "unavailable", "checks": {"mongodb": "does not answer"}}
    for response in requests:
        assert (response.status_code, response.json()["error"]) == (503, "Unavailable")
    assert (openai.status_code, openai.json()["error"]["type"]) == (503, "server_error")
    assert all(response.headers["retry-after"] == "1" for response in (ready, openai, *requests))
    assert took < 2


async def test_readiness_does_not_wait_for_a_database_that_is_slow() -> None:
    slow = Threadkeep.connect(CLOSED_PORT, timeout_seconds=30, sweep_seconds=None)
    async with running(app_with(keep=slow)) as client:
        began = asyncio.get_running_loop().time()
        ready = await client.get("/readyz")

        assert (ready.status_code, ready.json()["checks"]) == (503, {"mongodb": "does not answer"})
        assert asyncio.get_running_loop().time() - began < 2


async def test_ready_is_when_everything_answers() -> None:
    app = app_with()
    async with running(app) as client:
        await app.state.opened
        response = await client.get("/readyz")

    assert (response.status_code, response.json()) == (200, {"status": "ok", "checks": {"mongodb": "ok"}})


async def test_making_it_connects_to_nothing_and_makes_nothing() -> None:
    create_app(Settings(_env_file=None, mongodb_url="mongodb://nowhere.invalid"))


async def test_it_leaves_a_threadkeep_open_that_it_was_given() -> None:
    async with Threadkeep(mongomock_client(), sweep_seconds=None) as keep:
        services = keep.services
        app = app_with(keep=keep)
        async with app.router.lifespan_context(app):
            await app.state.opened

        assert keep.services is services
        assert await keep.user_service.list_users() == []


async def test_no_key_is_made_that_nobody_would_see() -> None:
    app = app_with(auth=True)
    async with running(app):
        await app.state.opened

        assert not await app.state.keep.key_service.has_admin_key()


async def test_the_admin_key_of_the_settings_is_accepted() -> None:
    key = f"tk_{'x' * 32}"
    app = app_with(auth=True, admin_key=key)
    async with running(app) as client:
        await app.state.opened

        assert (await client.get("/v1/users", headers={"x-api-key": key})).status_code == 200


async def test_an_admin_key_that_was_revoked_is_not_accepted_again() -> None:
    key = f"tk_{'x' * 32}"
    async with Threadkeep(mongomock_client(), sweep_seconds=None) as keep:
        await keep.key_service.adopt_key(key)
        await keep.key_service.revoke_key(key[:11])
        app = app_with(auth=True, admin_key=key, keep=keep)

        async with app.router.lifespan_context(app):
            with pytest.raises(StartupError, match=r"THREADKEEP_ADMIN_KEY: .* revoked"):
                await app.state.opened


async def test_another_origin_is_let_in_where_that_is_set() -> None:
    origin = "https://chat.example.org"
    app = app_with(cors_origins=f"{origin}, https://other.example.org")
    asked = {"access-control-request-method": "POST", "access-control-request-headers": "authorization"}
    async with running(app) as client:
        await app.state.opened
        before = await client.options("/v1/threads", headers={"origin": origin, **asked})
        answer = await client.get("/v1/users", headers={"origin": origin})
        stranger = await client.options("/v1/threads", headers={"origin": "https://evil.example.org", **asked})

    assert before.status_code == 200
    assert before.headers["access-control-allow-origin"] == answer.headers["access-control-allow-origin"] == origin
    assert {"etag", "x-request-id"} <= set(answer.headers["access-control-expose-headers"].lower().split(", "))
    assert "access-control-allow-credentials" not in answer.headers
    assert "access-control-allow-origin" not in stranger.headers


async def test_it_is_ready_only_when_the_key_of_the_settings_works(monkeypatch: pytest.MonkeyPatch) -> None:
    adopting, adopt, may_adopt = asyncio.Event(), KeyService.adopt_key, asyncio.Event()

    async def adopt_slowly(self: KeyService, *args: Any, **options: Any) -> Any:
        adopting.set()
        await may_adopt.wait()
        return await adopt(self, *args, **options)

    monkeypatch.setattr(KeyService, "adopt_key", adopt_slowly)
    key = f"tk_{'k' * 48}"
    app = app_with(auth=True, admin_key=key)
    async with running(app) as client:
        await adopting.wait()
        early = [await client.get(path, headers={"x-api-key": key}) for path in ("/readyz", "/v1/users")]
        may_adopt.set()
        await app.state.opened
        later = [await client.get(path, headers={"x-api-key": key}) for path in ("/readyz", "/v1/users")]

    assert [answer.status_code for answer in early] == [503, 503]
    assert early[0].json()["checks"] == {"mongodb": "the service is starting"}
    assert [answer.status_code for answer in later] == [200, 200]
