from __future__ import annotations

import asyncio
import pickle
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from threadkeep.client import AsyncClient, Client
from threadkeep.client.options import DEFAULT_URL, Options, full_jitter
from threadkeep.tests.client.scripted_server import Answer

if TYPE_CHECKING:
    from threadkeep.tests.client.conftest import Connect
    from threadkeep.tests.client.scripted_server import ScriptedServer

THREAD = Answer(200, {"id": "thread_1"})


def options(base_url: str | None = None, api_key: str | None = None, timeout: Any = 30) -> Options:
    return Options.given(base_url, api_key, timeout=timeout, max_retries=3, backoff=full_jitter)


def test_base_url_and_api_key_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert options().base_url == DEFAULT_URL
    assert "Authorization" not in options().headers
    monkeypatch.setenv("THREADKEEP_URL", "https://example.org/threadkeep/")
    monkeypatch.setenv("THREADKEEP_API_KEY", "tk_of_the_environment")

    assert options().base_url == "https://example.org/threadkeep"
    assert options().headers["Authorization"] == "Bearer tk_of_the_environment"
    assert options("http://[::1]:8000", "tk_given").base_url == "http://[::1]:8000"
    assert options(api_key="tk_given").headers["Authorization"] == "Bearer tk_given"
    assert "Authorization" not in options(api_key="").headers


@pytest.mark.parametrize("address", ["localhost:8000", "ftp://host", "http://", "/v1", "http://host:port"])
def test_an_invalid_base_url_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="base_url"):
        options(address)


@pytest.mark.parametrize("address", ["http://me:secret@host", "http://host?key=secret", "http://host/#secret"])
def test_a_base_url_with_a_secret_is_refused_without_showing_it(address: str) -> None:
    with pytest.raises(ValueError, match="must not hold") as caught:
        options(address)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("key", ["tk_a\n", "tk_ü", "tk_a b", "\0"])
def test_an_invalid_api_key_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(ValueError, match="API key") as caught:
        options(api_key=key)
    assert key not in str(caught.value)


def test_the_timeout_of_a_connection_is_at_most_5_seconds() -> None:
    assert options(timeout=30).timeout == httpx2.Timeout(30, connect=5)
    assert options(timeout=2).timeout == httpx2.Timeout(2)
    assert options(timeout=None).timeout == httpx2.Timeout(None)
    assert options(timeout=httpx2.Timeout(9)).timeout == httpx2.Timeout(9)


def test_a_changed_option_keeps_the_other_options() -> None:
    before = options("http://host", "tk_key")
    after = before.changed(timeout=None, max_retries=0, idempotency_key=None)

    assert (after.max_retries, after.timeout, after.headers) == (0, before.timeout, before.headers)
    assert before.changed(7, None, "key").timeout == httpx2.Timeout(7, connect=5)
    assert before.changed(7, None, "key").idempotency_key == "key"


def test_repr_does_not_show_the_api_key() -> None:
    assert "secret" not in repr(options("http://host", "tk_secret"))
    with Client("http://host", "tk_secret") as client:
        assert repr(client) == "<Client of http://host>"
    assert repr(AsyncClient("http://host", "tk_secret")) == "<AsyncClient of http://host>"


def test_requests_have_authorization_and_user_agent_headers(client: Any, server: ScriptedServer) -> None:
    server.answers = [THREAD]

    client.thread_service.get_thread("thread_1")

    assert server.received[0].headers["authorization"] == "Bearer tk_key"
    assert server.received[0].headers["user-agent"].startswith("threadkeep/")


def test_a_client_reuses_its_connection(client: Any, server: ScriptedServer) -> None:
    server.answers = [THREAD]
    for _ in range(5):
        client.thread_service.get_thread("thread_1")

    assert server.connections == 1


def test_a_closed_client_holds_no_connection_and_raises_runtime_error(connect: Connect, server: ScriptedServer) -> None:
    server.answers = [THREAD]
    client = connect(server.url)
    client.thread_service.get_thread("thread_1")
    assert not server.ended.is_set()
    client.close()

    with pytest.raises(RuntimeError, match="closed"):
        client.thread_service.get_thread("thread_1")
    assert server.ended.wait(5)


def test_with_options_shares_connections_and_close_leaves_them_open(client: Any, server: ScriptedServer) -> None:
    server.answers = [THREAD]
    client.with_options(max_retries=0).thread_service.get_thread("thread_1")
    client.with_options(timeout=1).close()
    client.thread_service.get_thread("thread_1")

    assert server.connections == 1


def test_a_borrowed_http_client_stays_open(server: ScriptedServer) -> None:
    server.answers = [THREAD]
    with httpx2.Client(headers={"X-Tenant": "blue"}) as http:
        with Client(server.url, http_client=http) as client:
            client.thread_service.get_thread("thread_1")

        assert not http.is_closed
    assert server.received[0].headers["x-tenant"] == "blue"


async def test_a_borrowed_async_http_client_stays_open(server: ScriptedServer) -> None:
    server.answers = [THREAD]
    async with httpx2.AsyncClient(headers={"X-Tenant": "blue"}) as http:
        async with AsyncClient(server.url, http_client=http) as client:
            await client.thread_service.get_thread("thread_1")

        assert not http.is_closed
    assert server.received[0].headers["x-tenant"] == "blue"


async def test_the_async_client_waits_without_blocking_the_event_loop(server: ScriptedServer) -> None:
    server.answers = [Answer(503), THREAD]
    async with AsyncClient(server.url, backoff=lambda _: 0.001) as client:
        thread, _ = await asyncio.gather(client.thread_service.get_thread("thread_1"), asyncio.sleep(0))

    assert thread.id == "thread_1"


def test_methods_are_named_and_documented() -> None:
    method = Client("http://host").thread_service.create_thread

    assert method.__name__ == "create_thread"
    assert 'gets `{"topic": ""}`' in (method.__doc__ or "")


def test_the_client_imports_no_package_of_the_server() -> None:
    heavy = {"fastapi", "starlette", "uvicorn", "beanie", "pymongo", "pydantic", "typer", "rich"}
    code = f"import sys, threadkeep.client; print(sorted({heavy} & set(sys.modules)))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_records_survive_pickling(client: Any, server: ScriptedServer) -> None:
    server.answers = [THREAD]
    thread = client.thread_service.get_thread("thread_1")

    assert pickle.loads(pickle.dumps(thread)) == thread  # noqa: S301 - pickled here
