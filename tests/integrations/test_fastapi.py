"""A FastAPI application of somebody else, with Threadkeep in it."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx2
import pytest
from fastapi import FastAPI
from pymongo.errors import NetworkTimeout

from threadkeep import InvalidInput, Limits, StartupError, Threadkeep, ThreadNotFound, Unauthorized, Unavailable
from threadkeep.integrations.fastapi import add_error_handlers, mounted
from threadkeep.settings import Settings
from threadkeep.testing import mongomock_client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from threadkeep import ThreadkeepError


@asynccontextmanager
async def running(app: FastAPI, *, root_path: str = "") -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False, root_path=root_path)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://test") as client,
    ):
        yield client


def host(keep: Threadkeep, *, path: str = "/threadkeep", **settings: Any) -> FastAPI:
    """An application that mounts the API of `keep`, and has a route of its own for every other path."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with mounted(app, keep, path=path, settings=Settings(_env_file=None, **settings)):
            yield

    app = FastAPI(lifespan=lifespan)

    @app.get("/{path:path}")
    async def own(path: str) -> str:
        return f"mine: {path}"

    return app


@pytest.fixture
def failing() -> FastAPI:
    """An application whose only endpoint raises `app.state.error`."""
    app = FastAPI()
    add_error_handlers(app)

    @app.get("/")
    async def fail() -> None:
        raise app.state.error

    return app


@pytest.mark.parametrize(
    ("error", "status", "body", "headers"),
    [
        (
            ThreadNotFound("thread_1"),
            404,
            {"error": "ThreadNotFound", "detail": "Thread 'thread_1' does not exist.", "thread_id": "thread_1"},
            {},
        ),
        (
            InvalidInput.at("content", "is missing", "missing"),
            422,
            {"error": "InvalidInput", "detail": [{"loc": ["content"], "msg": "is missing", "type": "missing"}]},
            {},
        ),
        (
            Unavailable(),
            503,
            {"error": "Unavailable", "detail": "The database does not answer. Please try again."},
            {"retry-after": "1"},
        ),
        (Unauthorized("No."), 401, {"error": "Unauthorized", "detail": "No."}, {"www-authenticate": "Bearer"}),
    ],
)
async def test_an_error_is_answered_as_the_native_api_answers_it(
    error: ThreadkeepError, status: int, body: dict[str, Any], headers: dict[str, str], failing: FastAPI
) -> None:
    failing.state.error = error
    async with running(failing) as client:
        response = await client.get("/")

    assert (response.status_code, response.json()) == (status, body)
    assert response.headers["content-type"] == "application/json"
    assert headers.items() <= dict(response.headers).items()


async def test_other_errors_stay_with_the_host(failing: FastAPI) -> None:
    failing.state.error = RuntimeError("a fault of the host")
    async with running(failing) as client:
        response = await client.get("/")

    assert (response.status_code, response.text) == (500, "Internal Server Error")


async def test_the_log_says_why_the_database_does_not_answer(
    failing: FastAPI, caplog: pytest.LogCaptureFixture
) -> None:
    failing.state.error = Unavailable()
    failing.state.error.__cause__ = NetworkTimeout("the text of a message")
    with caplog.at_level(logging.WARNING, "threadkeep.http"):
        async with running(failing) as client:
            await client.get("/")

    assert "NetworkTimeout" in caplog.text
    assert "the text of a message" not in caplog.text


class TestMounted:
    async def test_the_api_is_served_below_the_path_and_the_host_beside_it(self, keep_in_memory: Threadkeep) -> None:
        key = (await keep_in_memory.key_service.create_key("admin")).plain_key
        async with running(host(keep_in_memory)) as client:
            client.headers["authorization"] = f"Bearer {key}"
            made = await client.post("/threadkeep/v1/threads", json={"messages": [{"content": "Hello"}]})
            listed = await client.get(f"/threadkeep/openai/v1/threads/{made.json()['id']}/messages")
            ready = await client.get("/threadkeep/readyz")
            own = await client.get("/hello")

        assert (await keep_in_memory.thread_service.get_thread(made.json()["id"])).message_count == 1
        assert listed.json()["data"][0]["content"][0]["text"]["value"] == "Hello"
        assert ready.json()["status"] == "ok"
        assert own.json() == "mine: hello"

    async def test_the_api_asks_for_a_key_and_renders_its_own_errors(self, keep_in_memory: Threadkeep) -> None:
        async with running(host(keep_in_memory)) as client:
            answers = [await client.get(f"/threadkeep{path}") for path in ("/v1/threads", "/", "/nothing")]
            openai = await client.get("/threadkeep/openai/v1/responses")

        assert [answer.status_code for answer in answers] == [401, 401, 401]
        assert answers[0].json()["error"] == "Unauthorized"
        assert (openai.status_code, openai.json()["error"]["type"]) == (401, "invalid_request_error")

    async def test_an_unknown_path_or_method_is_answered_as_without_a_host(self, keep_in_memory: Threadkeep) -> None:
        async with running(host(keep_in_memory, auth=False)) as client:
            native = await client.get("/threadkeep/nothing")
            method = await client.patch("/threadkeep/v1/threads", json={})
            openai = await client.get("/threadkeep/openai/v1/responses/1")

        assert (native.status_code, native.json()["error"]) == (404, "PathNotFound")
        assert (method.status_code, method.headers["allow"]) == (405, "GET, HEAD, POST")
        assert openai.status_code == 501

    @pytest.mark.slow
    async def test_the_documentation_pages_name_the_path(self, keep_in_memory: Threadkeep) -> None:
        async with running(host(keep_in_memory, path="/deep/down/")) as client:
            for api in ("", "/openai"):
                page = await client.get(f"/deep/down{api}/docs")
                description = await client.get(f"/deep/down{api}/openapi.json")

                assert f'"/deep/down{api}/openapi.json"' in page.text.replace("'", '"')
                assert description.json()["servers"] == [{"url": f"/deep/down{api}"}]
            assert 'src="/deep/down/docs/assets/swagger-ui-bundle.js"' in page.text
            assert (await client.get("/deep/down/docs/assets/swagger-ui.css")).status_code == 200

    async def test_a_proxy_may_have_removed_its_own_prefix(self, keep_in_memory: Threadkeep) -> None:
        async with running(host(keep_in_memory, auth=False), root_path="/proxy") as client:
            removed = await client.get("/threadkeep/v1/threads")
            kept = await client.get("/proxy/threadkeep/v1/threads")

        assert (removed.status_code, kept.status_code) == (200, 200)

    @pytest.mark.parametrize("root_path", ["", "/proxy"])
    @pytest.mark.parametrize("name", ["chat/12", "a//b", "/x/", "🙂/é", "user@example.org", "100%"])
    async def test_ids_of_any_characters_are_found(self, keep_in_memory: Threadkeep, name: str, root_path: str) -> None:
        path = f"/threadkeep/v1/external-ids/threads/{quote(name, safe='')}"
        async with running(host(keep_in_memory, auth=False), root_path=root_path) as client:
            made = await client.put(path, json={})
            found = await client.get(f"{root_path}{path}")
            unknown = await client.get(f"/threadkeep/openai/v1/threads/{quote(name, safe='')}")

        assert (made.status_code, made.json()["external_id"]) == (201, name)
        assert found.json()["id"] == made.json()["id"]
        assert f"No thread found with id '{name}'" in unknown.json()["error"]["message"]

    async def test_the_api_is_gone_after_the_lifespan_and_the_threadkeep_stays_open(
        self, keep_in_memory: Threadkeep
    ) -> None:
        app = host(keep_in_memory, auth=False)
        routes = [*app.router.routes]
        for _ in range(2):  # an application may be started again
            async with running(app) as client:
                assert (await client.get("/threadkeep/v1/threads")).status_code == 200
            assert app.router.routes == routes

        assert keep_in_memory.is_open

    async def test_the_limits_are_those_of_the_threadkeep(self) -> None:
        app = FastAPI()
        limits = Limits(max_batch=1)
        async with (
            Threadkeep(mongomock_client(), limits=limits, sweep_seconds=None) as keep,
            mounted(app, keep),
            running(app) as client,
        ):
            client.headers["x-api-key"] = (await keep.key_service.create_key("admin")).plain_key
            answer = await client.post("/threadkeep/v1/threads", json={"messages": [{"content": "1"}] * 2})

        assert answer.status_code == 422

    @pytest.mark.parametrize("path", ["", "/", "threadkeep"])
    async def test_an_invalid_path_is_refused(self, path: str, keep_in_memory: Threadkeep) -> None:
        with pytest.raises(ValueError, match="path must begin with '/'"):
            async with mounted(FastAPI(), keep_in_memory, path=path):
                pass

    async def test_a_threadkeep_that_is_not_open_is_refused(self) -> None:
        with pytest.raises(RuntimeError, match="not open"):
            async with mounted(FastAPI(), Threadkeep(mongomock_client(), sweep_seconds=None)):
                pass

    async def test_an_admin_key_that_does_not_work_ends_the_start(self, keep_in_memory: Threadkeep) -> None:
        key = f"tk_{'x' * 32}"
        await keep_in_memory.operations.keys.adopt(key)
        await keep_in_memory.key_service.revoke_key(key[:11])

        with pytest.raises(StartupError, match="revoked"):
            async with running(host(keep_in_memory, admin_key=key)):
                pass
