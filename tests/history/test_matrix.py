"""The same conversation, written through any API and read through any other, has the same turns, calls and outputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from openai import OpenAI

from threadkeep.client import AsyncClient
from threadkeep.context import check_chat, formatted_history
from threadkeep.keep import Threadkeep
from threadkeep.tests.history.shapes import SHAPES, Calls, Item, chat_facts, facts_of, item_facts
from threadkeep.tests.history.writers import (
    CannotSay,
    write_as_items,
    write_by_import,
    write_in_chat_form,
    write_through_openai,
    write_through_original,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from pymongo import AsyncMongoClient

    from threadkeep.tests.history.shapes import Step
    from threadkeep.tests.live_server import LiveServer

WRITERS = (
    "chat in process",
    "chat over http",
    "items in process",
    "items over http",
    "openai",
    "original",
    "import of chat",
    "import of items",
)
CANNOT_SAY = {
    ("openai", "platform"),
    ("import of items", "platform"),
    ("import of chat", "platform"),
    ("import of chat", "reasoning and hosted calls"),
    *(
        ("original", name)
        for name in SHAPES
        if name not in ("text", "a call", "parallel calls without words", "ids that repeat", "developer", "platform")
    ),
} - {("original", "json answers")}


@dataclass(frozen=True)
class World:
    """One database with all ways into it, and a folder for files."""

    keep: Threadkeep
    client: AsyncClient
    sdk: OpenAI
    http: httpx2.Client
    server: LiveServer
    folder: Path

    async def write(self, writer: str, thread_id: str, shape: list[Step]) -> str:
        """Write the shape to this thread, and return its id. An import may make another thread."""
        services: Any = self.client if writer.endswith("over http") else self.keep
        if writer.startswith("chat"):
            await write_in_chat_form(services, thread_id, shape)
        elif writer.startswith("items"):
            await write_as_items(services, thread_id, shape)
        elif writer.startswith("import of"):
            return await write_by_import(self.keep, self.folder, thread_id, shape, writer.removeprefix("import of "))
        elif writer == "openai":
            write_through_openai(self.sdk, thread_id, shape)
        else:
            write_through_original(self.http, thread_id, shape)
        return thread_id


@pytest.fixture(scope="session")
async def shared_world(
    served: LiveServer, mongo_client: AsyncMongoClient[Any], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    http = httpx2.Client(base_url=served.url, timeout=30, headers={"authorization": f"Bearer {served.admin_key}"})
    sdk = OpenAI(base_url=f"{served.url}/openai/v1", api_key=served.admin_key, max_retries=0)
    async with (
        Threadkeep(mongo_client, database=served.database.name, sweep_seconds=None) as keep,
        AsyncClient(served.url, served.admin_key) as client,
    ):
        with http, sdk:
            yield World(keep, client, sdk, http, served, tmp_path_factory.mktemp("imports"))


@pytest.fixture
def world(shared_world: World) -> Iterator[World]:
    yield shared_world
    shared_world.server.empty()


def cases() -> list[Any]:
    """Each shape by each writer that can say it. `make test` takes each shape and each writer at least once."""
    found = [(writer, name) for name in SHAPES for writer in WRITERS if (writer, name) not in CANNOT_SAY]
    return [
        pytest.param(writer, name, id=f"{name}, {writer}", marks=[pytest.mark.slow] if index % 3 else [])
        for index, (writer, name) in enumerate(found)
    ]


@pytest.mark.parametrize(("writer", "name"), cases())
async def test_every_reader_sees_the_same_conversation(world: World, writer: str, name: str) -> None:
    shape = SHAPES[name]
    thread = await world.keep.thread_service.create_thread(meta_data={})
    thread_id = await world.write(writer, thread.id, shape)
    expected = facts_of(shape)

    in_process = await world.keep.message_service.get_formatted_messages(thread_id)
    assert chat_facts(in_process) == expected
    assert check_chat(in_process) == []
    assert await world.client.message_service.get_formatted_messages(thread_id) == in_process
    records = await world.client.message_service.list_messages(thread_id)
    assert formatted_history(records) == in_process
    assert list(records) == list(await world.keep.message_service.list_messages(thread_id))
    items = [item.to_dict() for item in world.sdk.conversations.items.list(thread_id, order="asc", limit=2)]
    assert item_facts(items) == expected
    assert [item["type"] for item in items if item["type"] in ("reasoning", "web_search_call")] == [
        step.item["type"] for step in shape if isinstance(step, Item)
    ]
    newest_first = [item.to_dict() for item in world.sdk.conversations.items.list(thread_id, limit=2)]
    assert newest_first == items[::-1]
    check_stored(world, thread_id, shape)


def check_stored(world: World, thread_id: str, shape: list[Step]) -> None:
    """Every call is in `tool_calls`, and every answer names its call, as analysts read them."""
    rows = list(world.server.database["messages"].find({"thread_id": thread_id}).sort("seq", 1))
    called = [call for row in rows for call in row.get("tool_calls", ())]
    hosted = [step.item["id"] for step in shape if isinstance(step, Item) and step.item["type"] == "web_search_call"]
    assert [call["id"] for call in called] == [
        *(call_id for step in shape if isinstance(step, Calls) for call_id, _ in step.calls), *hosted
    ]  # fmt: skip
    assert all(call["function"]["name"] for call in called)
    outputs = [row for row in rows if row["role"] == "tool"]
    assert [row["tool_call_id"] for row in outputs] == [fact[1] for fact in facts_of(shape) if fact[0] == "output"]
    assert all("output" not in row.get("item", {}) for row in outputs)
    assert all(row["schema_version"] == 2 for row in rows)


@pytest.mark.parametrize(("writer", "name"), sorted(CANNOT_SAY))
async def test_a_writer_without_words_for_a_shape_is_known(world: World, writer: str, name: str) -> None:
    thread = await world.keep.thread_service.create_thread(meta_data={})

    with pytest.raises(CannotSay):
        await world.write(writer, thread.id, SHAPES[name])


@pytest.mark.parametrize("name", SHAPES)
async def test_a_formatted_history_can_be_appended_again(world: World, name: str) -> None:
    first = await world.keep.thread_service.create_thread(meta_data={})
    await world.write("chat in process", first.id, SHAPES[name])
    history: list[Any] = await world.client.message_service.get_formatted_messages(first.id)

    for services in (world.keep, world.client):
        thread = await services.thread_service.create_thread(meta_data={})
        await services.message_service.create_messages(thread.id, history)
        assert await services.message_service.get_formatted_messages(thread.id) == history
