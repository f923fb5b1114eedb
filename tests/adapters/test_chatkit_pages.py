"""Pages of ChatKit's items. They equal parts of the whole list, and cost the same in any history."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("chatkit")

from chatkit.store import NotFoundError
from chatkit.types import AssistantMessageContent, AssistantMessageItem, EndOfTurnItem, ThreadMetadata
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
        assert len(found) < 1000, "the pages go on for ever"
        after = page.after


def _message_id_in(end: Any) -> str:
    """Return the id of the message at the end of a page."""
    return str(end).partition("#")[0]


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


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("end", range(1, 7))
async def test_a_page_goes_on_behind_a_deleted_end(store: Store, end: int, order: str) -> None:
    chats, thread_id = await started(store)
    for number in range(2):
        await chats.add_thread_item("thr_1", own_item(number, item_id="same" if number else None), None)
        calls = [{"id": name, "type": "function", "function": {"name": "look", "arguments": "{}"}} for name in "ab"]
        row: Any = {"role": "assistant", "content": "I look.", "tool_calls": calls}
        await store.message_service.create_messages(thread_id, [row])
    await chats.add_thread_item("thr_1", own_item(9, item_id="same"), None)
    whole = await in_pages(chats, 1000, order)
    first = await chats.load_thread_items("thr_1", None, end, order, None)
    message_id = _message_id_in(first.after)
    await store.message_service.delete_message(message_id)

    rest = await chats.load_thread_items("thr_1", first.after, 1000, order, None)

    assert rest.data == [item for item in whole[end:] if not item.id.startswith(message_id)]


async def test_a_page_goes_on_behind_an_item_that_chatkit_deleted_or_replaced(store: Store) -> None:
    chats, _ = await started(store)
    for number in range(8):
        await chats.add_thread_item("thr_1", own_item(number), None)
    first = await chats.load_thread_items("thr_1", None, 3, "asc", None)
    newest = await chats.load_thread_items("thr_1", None, 1, "desc", None)
    await chats.delete_thread_item("thr_1", "msg_2", None)
    await chats.save_item(
        "thr_1", EndOfTurnItem(id="msg_7", thread_id="thr_1", created_at=own_item(7).created_at), None
    )

    following = await chats.load_thread_items("thr_1", first.after, 3, "asc", None)
    older = await chats.load_thread_items("thr_1", newest.after, 2, "desc", None)

    assert [item.id for item in following.data] == ["msg_3", "msg_4", "msg_5"]
    assert [item.id for item in older.data] == ["msg_6", "msg_5"]


async def test_a_page_begins_behind_any_item_by_its_id(store: Store) -> None:
    chats, thread_id = await started(store)
    await chats.add_thread_item("thr_1", own_item(0, item_id="mine#1~2"), None)
    await store.message_service.create_messages(thread_id, [{"role": "user", "content": "Hi"}] * 2)
    whole = await in_pages(chats, 1000, "asc")
    await store.message_service.delete_message(whole[1].id)

    for after, expected in [
        (whole[0].id, whole[2:]),
        (whole[1].id, whole[2:]),
        (whole[2].id, []),
        *((unknown, [whole[0], whole[2]]) for unknown in ("none", "", "none#0", "#", "half \ud83d", "x" * 300)),
    ]:
        assert (await chats.load_thread_items("thr_1", after, 9, "asc", None)).data == expected


async def test_calls_of_one_message_that_share_an_id_are_on_one_page_each(store: Store) -> None:
    chats, thread_id = await started(store)
    calls = [{"id": "same", "type": "function", "function": {"name": name, "arguments": "{}"}} for name in "ab"]
    row: Any = {"role": "assistant", "content": "I look.", "tool_calls": calls}
    await store.message_service.create_messages(thread_id, [row, {"role": "user", "content": "And?"}])
    whole = await in_pages(chats, 1000, "asc")

    assert await in_pages(chats, 1, "asc") == whole
    assert await in_pages(chats, 1, "desc") == whole[::-1]


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


async def test_a_page_of_threads_goes_on_behind_a_deleted_end(store: Store) -> None:
    user = await store.user_service.create_user(full_name="Ada")
    chats = ThreadkeepStore[Any](store, user_of=lambda _: user.id)
    for number in range(5):
        await chats.save_thread(ThreadMetadata(id=f"thr_{number}", created_at=NOW), None)
    first = await chats.load_threads(2, None, "asc", None)
    await chats.delete_thread("thr_1", None)

    following = await chats.load_threads(2, first.after, "asc", None)

    assert [thread.id for thread in following.data] == ["thr_2", "thr_3"]
    assert [thread.id for thread in (await chats.load_threads(9, "thr_3", "asc", None)).data] == ["thr_4"]
    for unknown in ("thr_1", "none", "", "half \ud83d"):
        with pytest.raises(NotFoundError):
            await chats.load_threads(2, unknown, "asc", None)
