"""`threadkeep mcp` with the client of the official SDK, over standard streams and over HTTP, under the rights of keys."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("mcp.client.client")

import httpx2
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from threadkeep.client import AsyncClient
from threadkeep.mcp_server import mcp_server
from threadkeep.mcp_server.keys import ClientsOfKeys
from threadkeep.tests.waiting import until

if TYPE_CHECKING:
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
