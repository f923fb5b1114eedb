"""The cost of a window depends on its content, and not on the length of its thread."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from pymongo import AsyncMongoClient

from threadkeep.context import MOST_INSTRUCTIONS, MOST_RECALLED
from threadkeep.errors import TooLarge
from threadkeep.inputs import ContextQuery
from threadkeep.keep import Threadkeep
from threadkeep.records import MessageRecord, Page
from threadkeep.services.long_work import LongWork
from threadkeep.services.operations.windows import ThreadReads, read_window
from threadkeep.services.tuning import Tuning
from threadkeep.settings import Limits
from threadkeep.stored_json import as_json
from threadkeep.tests.commands import Commands
from threadkeep.tests.transfer.conversations import openai_message
from threadkeep.transfer import import_file

if TYPE_CHECKING:
    from pathlib import Path

    from threadkeep.documents import MessageRow
    from threadkeep.inputs import MessageQuery
    from threadkeep.services.runtime import Runtime

RUNTIME = cast("Runtime", SimpleNamespace(limits=Limits(), tuning=Tuning(), long_work=LongWork()))


class LongThread:
    """A thread that makes its messages when they are read: an instruction, and then questions and answers."""

    def __init__(self, count: int, role: str = "user", words: int = 20) -> None:
        self.count, self.role, self.words = count, role, words
        self.pages: list[int] = []

    @property
    def reads(self) -> ThreadReads:
        return ThreadReads(self.read, self.first, self.recalled, owner="")

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


Prepare = Callable[[Threadkeep, str], Awaitable[Any]]


@asynccontextmanager
async def watched(mongo_url: str, database_name: str) -> AsyncIterator[tuple[Threadkeep, Commands]]:
    """Yield a Threadkeep, and the commands that it sends."""
    commands = Commands()
    async with (
        AsyncMongoClient[dict[str, Any]](mongo_url, event_listeners=[commands]) as client,
        Threadkeep(client, database=database_name, sweep_seconds=None) as keep,
    ):
        commands.sent.clear()
        yield keep, commands


def reads_of(commands: Commands) -> list[tuple[str, list[str]]]:
    """Return the collection and the fields of the filter of each read of messages and threads, sorted. They are bounded."""
    names = {"find", "aggregate", "getMore", "count", "distinct"}
    sent = [(next(iter(one), ""), one) for one in commands.sent]
    assert [name for name, _ in sent if name in names - {"find"}] == []
    # A thread is read twice if numbers of a page are missing: they might have been deleted since it was read.
    finds = [one for name, one in sent if name == "find" and one["find"] in ("messages", "threads")]
    assert all(one["limit"] <= MOST_READ for one in finds)
    asked = [(one["find"], sorted(one["filter"])) for one in finds]
    return sorted(one for number, one in enumerate(asked) if one[0] != "threads" or one not in asked[:number])


def turns(count: int) -> list[Any]:
    return [{"role": "user", "content": "word " * 50}, {"role": "assistant", "content": "word " * 50}] * count


async def pin(keep: Threadkeep, thread_id: str) -> None:
    for message in (await keep.message_service.list_messages(thread_id, 40))[1::13]:
        await keep.message_service.update_message(message.id, pinned=True)


async def summarize(keep: Threadkeep, thread_id: str) -> None:
    await keep.message_service.add_summary(thread_id, "The beginning.", upto_seq=100)
    await keep.message_service.add_summary(thread_id, "What followed.", from_seq=101, upto_seq=150)


async def pin_and_summarize(keep: Threadkeep, thread_id: str) -> None:
    await pin(keep, thread_id)
    await summarize(keep, thread_id)


async def delete_old_ones(keep: Threadkeep, thread_id: str) -> None:
    for message in (await keep.message_service.list_messages(thread_id, 60))[25::9]:
        await keep.message_service.delete_message(message.id)


async def delete_new_ones(keep: Threadkeep, thread_id: str) -> None:
    for message in (await keep.message_service.list_messages(thread_id, 60, order="desc"))[5::9]:
        await keep.message_service.delete_message(message.id)


async def pop_and_go_on(keep: Threadkeep, thread_id: str) -> None:
    for _ in range(3):
        await keep.message_service.pop_message(thread_id)
        await keep.message_service.create_message(thread_id, "word " * 50, "user")


async def nothing(keep: Threadkeep, thread_id: str) -> None:
    """Leave the thread as it is."""


SYSTEM: Any = {"role": "system", "content": "Be brief."}
MOST_READ = 4_000 // 40 * 5 // 4 + 1
assert MOST_READ > MOST_INSTRUCTIONS + 1 + MOST_RECALLED
ONE_READ = [("messages", ["seq", "thread_id"]), ("threads", ["_id", "deleted_at"])]
TWO_READS = [("messages", ["anchor", "thread_id"]), *ONE_READ]


PREPARED = (nothing, pin, summarize, pin_and_summarize, delete_old_ones, delete_new_ones, pop_and_go_on)


def marks_of(instructions: int, prepare: Prepare) -> tuple[pytest.MarkDecorator, ...]:
    """Return the marks of a combination: few are in `make test`, a quarter of them in CI."""
    if (instructions, prepare) in QUICK:
        return ()
    return (pytest.mark.slow,) if instructions == 3 else (pytest.mark.chaos,)


QUICK = ((0, nothing), (3, pop_and_go_on))


@pytest.mark.parametrize(
    ("instructions", "prepare"),
    [
        pytest.param(instructions, prepare, marks=marks_of(instructions, prepare))
        for instructions in (0, 1, 3, 20)
        for prepare in PREPARED
    ],
)
async def test_a_window_of_a_long_thread_takes_two_reads_of_messages(
    mongo_url: str, database_name: str, keep: Threadkeep, instructions: int, prepare: Prepare
) -> None:
    thread = await keep.thread_service.create_thread(meta_data={})
    await keep.message_service.create_messages(thread.id, [SYSTEM] * instructions + turns(300))
    await prepare(keep, thread.id)
    async with watched(mongo_url, database_name) as (other, commands):
        window = await other.message_service.context(thread.id, 4_000)

        assert reads_of(commands) == TWO_READS
    told = [message for message in window.messages if message["role"] == "system"]
    assert len(told) == min(instructions, MOST_INSTRUCTIONS)


@pytest.mark.parametrize("instructions", [0, 1])
async def test_messages_that_were_written_one_by_one_take_two_reads_too(
    mongo_url: str, database_name: str, keep: Threadkeep, instructions: int
) -> None:
    thread = await keep.thread_service.create_thread(meta_data={})
    for message in [SYSTEM] * instructions + turns(3):
        await keep.message_service.create_message(thread.id, message["content"], message["role"])
    await keep.message_service.create_messages(thread.id, turns(100))
    async with watched(mongo_url, database_name) as (other, commands):
        window = await other.message_service.context(thread.id, 4_000)

        assert reads_of(commands) == TWO_READS
    assert [message["role"] for message in window.messages].count("system") == instructions


async def test_an_imported_thread_takes_two_reads_too(
    mongo_url: str, database_name: str, keep: Threadkeep, tmp_path: Path
) -> None:
    thread = {"id": "thread_abc", "object": "thread", "created_at": 1, "metadata": {}, "tool_resources": None}
    text = {"type": "text", "text": {"value": "word " * 60, "annotations": []}}
    messages = [openai_message(number, text) for number in range(1, 150)]
    (tmp_path / "thread.jsonl").write_bytes(as_json({"thread": thread, "messages": messages}))
    await import_file(keep, tmp_path / "thread.jsonl")
    async with watched(mongo_url, database_name) as (other, commands):
        await other.message_service.context("thread_abc", 4_000)

        assert reads_of(commands) == TWO_READS


async def test_the_first_messages_are_read_apart_if_one_of_them_is_deleted(
    mongo_url: str, database_name: str, keep: Threadkeep
) -> None:
    thread = await keep.thread_service.create_thread(meta_data={})
    messages = await keep.message_service.create_messages(thread.id, [SYSTEM, SYSTEM, *turns(100)])
    await keep.message_service.delete_message(messages[0].id)
    async with watched(mongo_url, database_name) as (other, commands):
        window = await other.message_service.context(thread.id, 4_000)

        assert reads_of(commands) == sorted([*TWO_READS, ("messages", ["seq", "thread_id"])])
    assert [message["role"] for message in window.messages].count("system") == 1


async def test_a_cleared_thread_has_the_instructions_with_which_it_goes_on(
    mongo_url: str, database_name: str, keep: Threadkeep
) -> None:
    thread = await keep.thread_service.create_thread(meta_data={})
    await keep.message_service.create_messages(thread.id, [SYSTEM, *turns(100)])
    await keep.message_service.clear_messages(thread.id)
    await keep.message_service.create_messages(thread.id, [SYSTEM | {"content": "Be kind."}, *turns(100)])
    async with watched(mongo_url, database_name) as (other, commands):
        window = await other.message_service.context(thread.id, 4_000)

        assert reads_of(commands) == sorted([*TWO_READS, ("messages", ["seq", "thread_id"])])
    assert window.messages[0] == {"role": "system", "content": "Be kind."}
    assert "Be brief." not in str(window.messages)


async def test_the_window_of_a_short_thread_takes_one_page(
    mongo_url: str, database_name: str, keep: Threadkeep
) -> None:
    thread = await keep.thread_service.create_thread(meta_data={}, messages=[SYSTEM, *turns(5)])
    await pin_and_summarize_short(keep, thread.id)
    async with watched(mongo_url, database_name) as (other, commands):
        await other.message_service.context(thread.id, 4_000)

        assert reads_of(commands) == ONE_READ


async def pin_and_summarize_short(keep: Threadkeep, thread_id: str) -> None:
    await pin(keep, thread_id)
    await keep.message_service.add_summary(thread_id, "So far.", upto_seq=4)
