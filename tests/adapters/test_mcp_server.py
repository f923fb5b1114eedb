"""`threadkeep mcp` with the client of the official SDK, over standard streams and over HTTP, under the rights of keys."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

pytest.importorskip("mcp.client.client")

import httpx2
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client

from threadkeep.client import AsyncClient
from threadkeep.mcp_server import mcp_server
from threadkeep.mcp_server.keys import ClientsOfKeys
from threadkeep.tests.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    from threadkeep.tests.live_server import LiveServer


def found_in(result: Any) -> Any:
    """Return the JSON of a successful call."""
    assert not result.is_error, result.content
    return json.loads(result.content[0].text)


async def test_tools_and_resources_list_read_search_and_append(live_server: LiveServer) -> None:
    async with AsyncClient(live_server.url, live_server.admin_key) as client, httpx2.AsyncClient(timeout=30) as http:
        user = await client.user_service.create_user(full_name="Ada")
        thread = await client.thread_service.create_thread([user.id], {"topic": "travel"})
        other = await client.thread_service.create_thread([], {"topic": "food"})
        server = mcp_server(ClientsOfKeys(live_server.url, live_server.admin_key, http))
        async with Client(server) as sdk:
            tools = {tool.name for tool in (await sdk.list_tools()).tools}
            appended = found_in(await sdk.call_tool("append_message", {"thread_id": thread.id, "content": "Half é 🙂"}))
            again = {"thread_id": thread.id, "content": "Hi", "role": "assistant", "client_id": "c"}
            first, second = [found_in(await sdk.call_tool("append_message", again)) for _ in range(2)]
            listed = found_in(await sdk.call_tool("list_threads", {"limit": 1}))
            rest = found_in(await sdk.call_tool("list_threads", {"after": listed["next_cursor"]}))
            searched = found_in(await sdk.call_tool("search_threads", {"meta_data": {"topic": "food"}}))
            read = found_in(await sdk.call_tool("read_thread", {"thread_id": thread.id, "limit": 1}))
            earlier = found_in(await sdk.call_tool("read_thread", {"thread_id": thread.id, "before": first["id"]}))
            resource: Any = (await sdk.read_resource(f"threadkeep://threads/{thread.id}")).contents[0]
            of_user: Any = (await sdk.read_resource(f"threadkeep://users/{user.id}/threads")).contents[0]
            missing = await sdk.call_tool("read_thread", {"thread_id": "thread_none"})

    assert tools == {"list_threads", "search_threads", "read_thread", "append_message"}
    assert (appended["content"], appended["sender_id"], first["id"]) == ("Half é 🙂", user.id, second["id"])
    assert [one["id"] for one in (*listed["threads"], *rest["threads"])] == [thread.id, other.id]
    assert [one["id"] for one in searched["threads"]] == [other.id]
    assert ([one["id"] for one in read["messages"]], read["has_earlier"]) == ([first["id"]], True)
    assert [one["id"] for one in earlier["messages"]] == [appended["id"]]
    assert [one["content"] for one in json.loads(resource.text)["messages"]] == ["Half é 🙂", "Hi"]
    assert [one["id"] for one in json.loads(of_user.text)["threads"]] == [thread.id]
    assert missing.is_error
    assert "thread_none" in missing.content[0].text  # type: ignore[union-attr]


VALID: dict[str, dict[str, Any]] = {
    "list_threads": {},
    "search_threads": {"meta_data": {"topic": "travel"}},
    "read_thread": {"thread_id": "trip-1"},
    "append_message": {"thread_id": "trip-1", "content": "Hi"},
}


async def test_every_tool_refuses_unknown_arguments_by_name(live_server: LiveServer) -> None:
    async with AsyncClient(live_server.url, live_server.admin_key) as client, httpx2.AsyncClient(timeout=30) as http:
        thread = await client.thread_service.create_thread([], {"topic": "travel"}, external_id="trip-1")
        async with Client(mcp_server(ClientsOfKeys(live_server.url, live_server.admin_key, http))) as sdk:
            tools = (await sdk.list_tools()).tools
            unknown: dict[str, Any] = {"user_id": "user_1", "context": None}
            refused = {tool.name: await sdk.call_tool(tool.name, VALID[tool.name] | unknown) for tool in tools}
        left = await client.message_service.list_messages(thread.id)
        async with Client(mcp_server(ClientsOfKeys(live_server.url, live_server.admin_key, http))) as sdk:
            accepted = [await sdk.call_tool(name, arguments) for name, arguments in VALID.items()]

    assert {tool.name for tool in tools} == VALID.keys()
    assert [tool.input_schema.get("additionalProperties") for tool in tools] == [False] * len(tools)
    for result in refused.values():
        text = result.content[0].text  # type: ignore[union-attr]
        assert (result.is_error, "user_id" in text, "context" in text) == (True, True, True)
    assert left == []
    assert not any(result.is_error for result in accepted)


@pytest.mark.parametrize("name", ["trip-1", "mcp /🙂", "a/../b", "/etc", "50%41?#", "x" * 256])
async def test_threads_and_users_are_found_by_their_external_ids(live_server: LiveServer, name: str) -> None:
    async with AsyncClient(live_server.url, live_server.admin_key) as client, httpx2.AsyncClient(timeout=30) as http:
        user = await client.user_service.create_user(external_id=name)
        thread = await client.thread_service.create_thread([user.id], external_id=name)
        in_uri = quote(name, safe="")
        async with Client(mcp_server(ClientsOfKeys(live_server.url, live_server.admin_key, http))) as sdk:
            appended = found_in(await sdk.call_tool("append_message", {"thread_id": name, "content": "Hi"}))
            read = found_in(await sdk.call_tool("read_thread", {"thread_id": name}))
            listed = found_in(await sdk.call_tool("list_threads", {"participant": name}))
            shown: Any = (await sdk.read_resource(f"threadkeep://threads/{in_uri}")).contents[0]
            of_user: Any = (await sdk.read_resource(f"threadkeep://users/{in_uri}/threads")).contents[0]

    assert [one["id"] for one in read["messages"]] == [appended["id"]]
    assert [one["id"] for one in json.loads(shown.text)["messages"]] == [appended["id"]]
    assert [one["id"] for one in (*listed["threads"], *json.loads(of_user.text)["threads"])] == [thread.id] * 2


async def test_an_id_comes_before_an_external_id(live_server: LiveServer) -> None:
    async with AsyncClient(live_server.url, live_server.admin_key) as client, httpx2.AsyncClient(timeout=30) as http:
        thread = await client.thread_service.create_thread([])
        namesake = await client.thread_service.create_thread([], external_id=thread.id)
        async with Client(mcp_server(ClientsOfKeys(live_server.url, live_server.admin_key, http))) as sdk:
            await sdk.call_tool("append_message", {"thread_id": thread.id, "content": "Hi"})

        assert (await client.thread_service.get_thread(thread.id)).message_count == 1
        assert (await client.thread_service.get_thread(namesake.id)).message_count == 0


async def test_a_stranger_learns_nothing_by_external_ids(live_server: LiveServer) -> None:
    async with AsyncClient(live_server.url, live_server.admin_key) as client, httpx2.AsyncClient(timeout=30) as http:
        ada = await client.user_service.create_user(external_id="ada@example.org")
        bob = await client.user_service.create_user(full_name="Bob")
        await client.thread_service.create_thread([ada.id], external_id="trip-1")
        key = (await client.key_service.create_key("user", user_id=bob.id)).plain_key
        answers = []
        async with Client(mcp_server(ClientsOfKeys(live_server.url, key, http))) as sdk:
            for name in ("trip-1", "trip-2"):
                for tool, arguments in (("read_thread", {}), ("append_message", {"content": "Hi"})):
                    result = await sdk.call_tool(tool, {"thread_id": name, **arguments})
                    answers.append((result.is_error, result.content[0].text.replace(name, "…")))  # type: ignore[union-attr]
            listed = [
                found_in(await sdk.call_tool("list_threads", {"participant": name}))["threads"]
                for name in ("ada@example.org", "nobody", ada.id)
            ]

    assert answers[:2] == answers[2:]
    assert all(is_error for is_error, _ in answers)
    assert listed == [[], [], []]


async def test_the_key_of_a_user_finds_the_external_ids_that_its_user_gave(live_server: LiveServer) -> None:
    async with AsyncClient(live_server.url, live_server.admin_key) as client, httpx2.AsyncClient(timeout=30) as http:
        ada = await client.user_service.create_user(full_name="Ada")
        key = (await client.key_service.create_key("user", user_id=ada.id)).plain_key
        await client.thread_service.create_thread([ada.id], external_id="given by an admin")
        async with AsyncClient(live_server.url, key) as of_ada:
            await of_ada.thread_service.create_thread([], external_id="given by Ada")
        async with Client(mcp_server(ClientsOfKeys(live_server.url, key, http))) as sdk:
            own = await sdk.call_tool("read_thread", {"thread_id": "given by Ada"})
            other = await sdk.call_tool("read_thread", {"thread_id": "given by an admin"})

    assert (own.is_error, other.is_error) == (False, True)


@pytest.mark.slow
async def test_the_command_logs_neither_requests_nor_texts(live_server: LiveServer, tmp_path: Path) -> None:
    environment = {"THREADKEEP_URL": live_server.url, "THREADKEEP_API_KEY": live_server.admin_key}
    arguments = ["-P", "-m", "threadkeep", "mcp"]
    async with AsyncClient(live_server.url, live_server.admin_key) as client:
        await client.thread_service.create_thread([], external_id="trip-1")

    with (tmp_path / "log").open("w") as log:
        parameters = StdioServerParameters(command=sys.executable, args=arguments, env=environment)
        async with Client(stdio_client(parameters, errlog=log)) as sdk:
            found_in(await sdk.call_tool("append_message", {"thread_id": "trip-1", "content": "canary"}))
            found_in(await sdk.call_tool("read_thread", {"thread_id": "trip-1"}))
            for wrong in ({"role": "canary"}, {"canary": 1}, {"thread_id": "canary"}):
                assert (await sdk.call_tool("append_message", VALID["append_message"] | wrong)).is_error

    assert (tmp_path / "log").read_text() == ""


@pytest.mark.slow
async def test_a_program_starts_the_command_and_talks_through_its_streams(live_server: LiveServer) -> None:
    environment = {"THREADKEEP_URL": live_server.url, "THREADKEEP_API_KEY": live_server.admin_key}
    arguments = ["-P", "-m", "threadkeep", "mcp"]

    async with Client(StdioServerParameters(command=sys.executable, args=arguments, env=environment)) as sdk:
        assert found_in(await sdk.call_tool("list_threads", {})) == {"threads": [], "next_cursor": None}


@pytest.mark.slow
async def test_over_http_each_request_has_the_rights_of_its_key(live_server: LiveServer) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with AsyncClient(live_server.url, live_server.admin_key) as client:
        ada, bob = [await client.user_service.create_user(full_name=name) for name in ("Ada", "Bob")]
        thread = await client.thread_service.create_thread([ada.id])
        keys = [(await client.key_service.create_key("user", user_id=user.id)).plain_key for user in (ada, bob)]
    environment = {"THREADKEEP_URL": live_server.url, "THREADKEEP_API_KEY": live_server.admin_key, "PATH": ""}
    command = [sys.executable, "-P", "-m", "threadkeep", "mcp", "--transport", "http", "--port", str(port)]
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:  # noqa: ASYNC220 - our own command
        try:
            await until(lambda: _listens(port))
            results = [await _read(port, key, thread.id) for key in (*keys, None)]
        finally:
            process.terminate()

    assert not results[0].is_error
    assert results[1].is_error
    assert results[2].is_error


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionRefusedError:
        return False
    writer.close()
    return True


async def _read(port: int, key: str | None, thread_id: str) -> Any:
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    async with httpx2.AsyncClient(headers=headers, timeout=20) as http:
        transport: Any = streamable_http_client(f"http://127.0.0.1:{port}/mcp", http_client=http)
        async with Client(transport) as sdk:
            return await sdk.call_tool("read_thread", {"thread_id": thread_id})
