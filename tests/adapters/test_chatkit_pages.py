"""Pages of ChatKit's items: they are those of the whole list, and cost the same in any history."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("chatkit")

from chatkit.types import AssistantMessageContent, AssistantMessageItem, ThreadMetadata
from pymongo import AsyncMongoClient

from threadkeep.adapters.chatkit import ThreadkeepStore
from threadkeep.keep import Threadkeep
from threadkeep.tests.commands import Commands

if TYPE_CHECKING:
    from threadkeep.adapters.stores import Store

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


async def started(store: Store) -> tuple[ThreadkeepStore[Any], str]:
    """Return a store with a thread, and the thread's own id."""
    chats = ThreadkeepStore[Any](store)
    await chats.save_thread(ThreadMetadata(id="thr_1", created_at=NOW), None)
    return chats, (await store.thread_service.get_thread_by_external_id("thr_1")).id


def own_item(number: int, *, item_id: str | None = None) -> Any:
    """Return an item of ChatKit."""
    base: Any = {"thread_id": "thr_1", "created_at": NOW + timedelta(seconds=number)}
    content = [AssistantMessageContent(text=f"own {number}")]
    return AssistantMessageItem(id=item_id or f"msg_{number}", content=content, **base)


def written_by_others(seed: random.Random, number: int, waiting: list[str]) -> list[Any]:
    """Return rows of another program: words, calls at once, outputs that may come much later, and bookkeeping."""
    kind = seed.choice(["user", "words and calls", "call", "output", "state"])
    if kind == "user":
        return [{"role": "user", "content": f"question {number}"}]
    if kind == "state":
        return [{"type": "my.state", "item": {"number": number}}] * seed.randint(1, 4)
    if kind == "output":
        answered = [waiting.pop(seed.randrange(len(waiting)))] if waiting else []
        return [
            {"type": "function_call_output", "item": {"call_id": name}, "content": f"{name} done"} for name in answered
        ]
    names = [f"call_{number}_{index}" for index in range(seed.randint(1, 3) if kind != "call" else 1)]
    waiting += names
    if kind == "call":
        return [{"type": "function_call", "item": {"call_id": names[0], "name": "look", "arguments": "{}"}}]
    calls = [{"id": name, "type": "function", "function": {"name": "look", "arguments": "{}"}} for name in names]
    return [{"role": "assistant", "content": "I look.", "tool_calls": calls}]


async def in_pages(chats: ThreadkeepStore[Any], limit: int, order: str) -> list[Any]:
    """Return all items, read in pages of this size."""
    found, after = list[Any](), None
    while True:
        page = await chats.load_thread_items("thr_1", after, limit, order, None)
        found += page.data
        assert page.has_more == (page.after is not None)
        if not page.has_more:
            return found
        assert len(page.data) == limit
        after = page.after


@pytest.mark.parametrize("number", [0, *(pytest.param(number, marks=pytest.mark.chaos) for number in range(1, 9))])
async def test_pages_hold_the_items_of_the_whole_list(store: Store, number: int) -> None:
    seed = random.Random(number)  # noqa: S311 - protects nothing
    chats, thread_id = await started(store)
    waiting: list[str] = []
    for index in range(60):
        if seed.random() < 0.3:
            await chats.add_thread_item("thr_1", own_item(index, item_id=seed.choice([None, "same"])), None)
        elif rows := written_by_others(seed, index, waiting):
            await store.message_service.create_messages(thread_id, rows)

    whole = await in_pages(chats, 1000, "asc")

    assert len({item.id for item in whole if item.id != "same"}) + sum(item.id == "same" for item in whole) == len(
        whole
    )
    assert {item.call_id for item in whole if item.type == "client_tool_call" and item.status == "pending"} == {
        *waiting
    }
    for limit in (1, 2, 7):
        assert await in_pages(chats, limit, "asc") == whole
        assert await in_pages(chats, limit, "desc") == whole[::-1]
    for item in whole:
        assert item.id == "same" or await chats.load_item("thr_1", item.id, None) == item


async def test_a_page_costs_the_same_in_any_history(mongo_url: str, database_name: str) -> None:
    commands = Commands()
    async with (
        AsyncMongoClient[dict[str, Any]](mongo_url, event_listeners=[commands]) as client,
        Threadkeep(client, database=database_name, sweep_seconds=None) as keep,
    ):
        chats, thread_id = await started(keep)
        sizes = []
        for _ in range(2):
            rows: Any = [{"role": "user", "content": "question"}, {"role": "assistant", "content": "answer"}] * 200
            await keep.message_service.create_messages(thread_id, rows)
            commands.sent.clear()
            newest = await chats.load_thread_items("thr_1", None, 20, "desc", None)
            await chats.load_thread_items("thr_1", newest.after, 20, "desc", None)
            sizes.append([command.get("limit") for command in commands.sent])

    assert sizes[0] == sizes[1]
    assert all(limit is None or limit <= 50 for limit in sizes[0])


async def test_an_item_beside_a_deleted_one_is_found(store: Store) -> None:
    chats, thread_id = await started(store)
    for number in range(2):
        await chats.add_thread_item("thr_1", own_item(number, item_id="same"), None)
    [first, _] = await store.message_service.list_messages(thread_id)
    await store.message_service.delete_message(first.id)

    assert await chats.load_item("thr_1", "same", None) == own_item(1, item_id="same")
