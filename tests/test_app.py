"""The start of the application: readiness, admin keys, and cross-origin requests."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import Any

import pytest

from threadkeep.app import create_app
from threadkeep.errors import StartupError
from threadkeep.keep import Threadkeep
from threadkeep.services.operations import KeyOperations
from threadkeep.settings import Settings
from threadkeep.testing import mongomock_client
from threadkeep.tests.app_in_memory import app_with, running

CLOSED_PORT = "mongodb://127.0.0.1:9/?directConnection=true"  # nothing listens on the port of "discard"


@pytest.mark.slow
async def test_the_application_stays_alive_and_answers_503_while_mongodb_does_not_answer() -> None:
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
    assert took < 10  # the driver's own limit is 30 seconds for each operation


@pytest.mark.slow
async def test_readiness_does_not_wait_for_a_slow_database() -> None:
    slow = Threadkeep.connect(CLOSED_PORT, timeout_seconds=30, sweep_seconds=None)
    async with running(app_with(keep=slow)) as client:
        began = asyncio.get_running_loop().time()
        ready = await client.get("/readyz")

        assert (ready.status_code, ready.json()["checks"]) == (503, {"mongodb": "does not answer"})
        assert asyncio.get_running_loop().time() - began < 2


async def test_readyz_answers_200_when_all_checks_pass() -> None:
    app = app_with()
    async with running(app) as client:
        await app.state.opened
        response = await client.get("/readyz")

    assert (response.status_code, response.json()) == (200, {"status": "ok", "checks": {"mongodb": "ok"}})


async def test_create_app_does_not_connect() -> None:
    create_app(Settings(_env_file=None, mongodb_url="mongodb://nowhere.invalid"))


async def test_a_borrowed_threadkeep_stays_open_when_the_application_ends() -> None:
    async with Threadkeep(mongomock_client(), sweep_seconds=None) as keep:
        services = keep.services
        app = app_with(keep=keep)
        async with app.router.lifespan_context(app):
            await app.state.opened

        assert keep.services is services
        assert await keep.user_service.list_users() == []


async def test_the_application_creates_no_admin_key() -> None:
    app = app_with(auth=True)
    async with running(app):
        await app.state.opened

        assert not await app.state.keep.operations.keys.has_admin_key()


async def test_the_admin_key_of_the_settings_is_accepted() -> None:
    key = f"tk_{'x' * 32}"
    app = app_with(auth=True, admin_key=key)
    async with running(app) as client:
        await app.state.opened

        assert (await client.get("/v1/users", headers={"x-api-key": key})).status_code == 200


async def test_a_revoked_admin_key_in_the_settings_is_refused() -> None:
    key = f"tk_{'x' * 32}"
    async with Threadkeep(mongomock_client(), sweep_seconds=None) as keep:
        await keep.operations.keys.adopt(key)
        await keep.key_service.revoke_key(key[:11])
        app = app_with(auth=True, admin_key=key, keep=keep)

        async with app.router.lifespan_context(app):
            with pytest.raises(StartupError, match=r"THREADKEEP_ADMIN_KEY: .* revoked"):
                await app.state.opened


async def test_only_configured_origins_may_send_cross_origin_requests() -> None:
    origin = "https://chat.example.org"
    app = app_with(cors_origins=f"{origin}, https://other.example.org")
    preflight_headers = {"access-control-request-method": "POST", "access-control-request-headers": "authorization"}
    async with running(app) as client:
        await app.state.opened
        preflight = await client.options("/v1/threads", headers={"origin": origin, **preflight_headers})
        answer = await client.get("/v1/users", headers={"origin": origin})
        foreign = await client.options(
            "/v1/threads", headers={"origin": "https://evil.example.org", **preflight_headers}
        )

    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == answer.headers["access-control-allow-origin"] == origin
    assert {"etag", "x-request-id"} <= set(answer.headers["access-control-expose-headers"].lower().split(", "))
    assert "access-control-allow-credentials" not in answer.headers
    assert "access-control-allow-origin" not in foreign.headers


@pytest.mark.slow
async def test_the_application_is_ready_only_after_the_admin_key_of_the_settings_works(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    adopting, adopt, may_adopt = asyncio.Event(), KeyOperations.adopt, asyncio.Event()

    async def adopt_slowly(self: KeyOperations, *args: Any, **options: Any) -> Any:
        adopting.set()
        await may_adopt.wait()
        return await adopt(self, *args, **options)

    monkeypatch.setattr(KeyOperations, "adopt", adopt_slowly)
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


@pytest.mark.slow
def test_the_openapi_document_is_complete_without_docstrings() -> None:
    code = "from threadkeep.app import create_app; print(len(create_app().openapi()['paths']))"
    done = subprocess.run([sys.executable, "-OO", "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) == len(create_app().openapi()["paths"])
