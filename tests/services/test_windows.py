"""A window costs what it holds, however long its thread is."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from pymongo import AsyncMongoClient

from threadkeep.context import MOST_INSTRUCTIONS, MOST_RECALLED
from threadkeep.errors import TooLarge
from threadkeep.inputs import ContextQuery
from threadkeep.keep import Threadkeep
from threadkeep.records import MessageRecord, Page
from threadkeep.services.operations.windows import ThreadReads, read_window
from threadkeep.services.tuning import Tuning
from threadkeep.settings import Limits
from threadkeep.tests.commands import Commands

if TYPE_CHECKING:
    from threadkeep.documents import MessageRow
    from threadkeep.inputs import MessageQuery
    from threadkeep.services.runtime import Runtime

RUNTIME = cast("Runtime", SimpleNamespace(limits=Limits(), tuning=Tuning(), long_work=None))


class LongThread:
    """A thread that makes its messages when they are read: an instruction, and then questions and answers."""

    def __init__(self, count: int, role: str = "user", words: int = 20) -> None:
        self.count, self.role, self.words = count, role, words
        self.pages: list[int] = []

    @property
    def reads(self) -> ThreadReads:
        return ThreadReads(self.read, self.first, self.recalled)

    async def first(self) -> list[MessageRow] | None:
        return None

    async def recalled(self) -> list[MessageRow]:
        return []

    async def read(self, query: MessageQuery) -> Page[Any]:
        after = int(query.after) if query.after else None
        if query.order == "asc":
            numbers = range((after or 0) + 1, self.count + 1)
        else:
            numbers = range(self.count if after is None else after - 1, 0, -1)
        found = [self.message(seq) for seq in numbers[: query.limit]]
        self.pages.append(len(found))
        has_more = len(numbers) > query.limit
        return Page(found, has_more=has_more, next_cursor=str(found[-1]["seq"]) if has_more else None)

    def message(self, seq: int) -> MessageRecord:
        role = "system" if seq == 1 else self.role if seq % 2 == 0 else "assistant"
        return MessageRecord(type="message", role=role, content="word " * self.words, seq=seq, status=None)


@pytest.mark.parametrize("max_tokens", [1_000, 8_000, 64_000])
async def test_the_cost_of_a_window_does_not_grow_with_its_thread(max_tokens: int) -> None:
    threads = [LongThread(count) for count in (20_000, 1_000_000)]

    for thread in threads:
        window = await read_window(thread.reads, RUNTIME, "thread_1", ContextQuery(max_tokens=max_tokens), None)
        assert window.messages[0]["role"] == "system"
        assert window.tokens >= max_tokens // 2

    assert threads[0].pages == threads[1].pages
    assert len(threads[0].pages) <= 4
    assert sum(threads[0].pages) <= 2 * max_tokens // 30 + 60


async def test_short_messages_are_read_in_growing_pages() -> None:
    thread = LongThread(50_000, words=1)

    window = await read_window(thread.reads, RUNTIME, "thread_1", ContextQuery(max_tokens=4_000), None)

    assert window.tokens >= 2_000
    assert thread.pages == [100, 16, 400, 378]


async def test_a_turn_with_more_messages_than_a_window_reads_is_refused() -> None:
    thread = LongThread(50_000, "assistant", 1)

    with pytest.raises(TooLarge, match="newest turn: larger than the limit of 10,000 messages"):
        await read_window(thread.reads, RUNTIME, "thread_1", ContextQuery(max_tokens=1_000_000), None)
    assert sum(thread.pages) <= 12_000


async def test_a_window_takes_two_rounds_of_bounded_reads(mongo_url: str, database_name: str, keep: Threadkeep) -> None:
    thread = await keep.thread_service.create_thread(meta_data={})
    batch: list[Any] = [{"role": "user", "content": "word " * 50}, {"role": "assistant", "content": "word " * 50}] * 300
    await keep.message_service.create_messages(thread.id, batch)
    await keep.message_service.add_summary(thread.id, "So far.", upto_seq=10)
    commands = Commands()
    async with (
        AsyncMongoClient[dict[str, Any]](mongo_url, event_listeners=[commands]) as client,
        Threadkeep(client, database=database_name, sweep_seconds=None) as watched,
    ):
        commands.sent.clear()
        await watched.message_service.context(thread.id, 4_000)

    finds = [one for one in commands.of("find") if one["find"] in ("messages", "threads")]
    asked = [(one["find"], sorted(one["filter"]), one["limit"]) for one in finds]
    assert sorted(asked) == [
        ("messages", ["anchor", "thread_id"], MOST_RECALLED),
        ("messages", ["seq", "thread_id"], MOST_INSTRUCTIONS),
        ("messages", ["seq", "thread_id"], 4_000 // 40 + 1),
        ("threads", ["_id", "deleted_at"], 1),
    ]


async def test_the_window_of_a_short_thread_takes_one_page(
    mongo_url: str, database_name: str, keep: Threadkeep
) -> None:
    thread = await keep.thread_service.create_thread(meta_data={}, messages=[{"content": "Hello"}])
    commands = Commands()
    async with (
        AsyncMongoClient[dict[str, Any]](mongo_url, event_listeners=[commands]) as client,
        Threadkeep(client, database=database_name, sweep_seconds=None) as watched,
    ):
        commands.sent.clear()
        await watched.message_service.context(thread.id, 4_000)

    found = [one["find"] for one in commands.of("find") if one["find"] in ("messages", "threads")]
    assert sorted(found) == ["messages", "threads"]
