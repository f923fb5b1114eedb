"""Many pops of one thread cost no more than a few. Their cuts are purged together, also if a process is killed."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING, Any, cast

import pytest
from pymongo import AsyncMongoClient

from threadkeep.errors import MessageNotFound
from threadkeep.keep import Threadkeep
from threadkeep.services import Caller, RequestIds, Tuning
from threadkeep.services.commits.purging import purge_oldest
from threadkeep.testing import mongomock_client
from threadkeep.tests.commands import Commands
from threadkeep.tests.factories import make_history, make_messages, make_thread
from threadkeep.tests.faults.consistency import sweep
from threadkeep.tests.faults.killing import kill, killed, require_clean, state_of

if TYPE_CHECKING:
    from threadkeep.documents import MessageRow
    from threadkeep.tests.faults.conftest import Pair

PURGE_STEPS = [
    ("deleted_messages", "insert_many"),
    ("messages", "update_many"),
    ("deleted_messages", "aggregate"),
    ("threads", "update_one"),
]


FEW_CUTS = Tuning(kept_cuts=2, cuts_purged_together=3, most_cuts=6)
"""Three cuts are purged together when a thread has five, and at once when it has six."""


CONVERSATIONS = ("threads", "messages", "deleted_messages", 1)
"""The collections of threads and messages. A `bulkWrite` or a commit has 1 in place of a collection."""


def sent_for(commands: Commands) -> int:
    """Return how many commands were sent for threads and messages. The process sends others at any time: leases, imports."""
    first = [next(iter(command.items()), ("", "")) for command in commands.sent]
    return sum(value in CONVERSATIONS and name not in ("hello", "ping") for name, value in first)


async def work_is_done() -> None:
    while any(task.get_name().startswith("finish") for task in asyncio.all_tasks()):  # noqa: ASYNC110
        await asyncio.sleep(0.001)


@pytest.mark.slow
@pytest.mark.parametrize(
    "appends", [pytest.param(0, id="pops"), pytest.param(1, id="appends and pops", marks=pytest.mark.chaos)]
)
async def test_a_pop_costs_the_same_after_hundreds_of_others(mongo_url: str, database_name: str, appends: int) -> None:
    commands = Commands()
    async with (
        AsyncMongoClient[dict[str, Any]](mongo_url, event_listeners=[commands]) as client,
        Threadkeep(client, database=database_name, sweep_seconds=None) as keep,
    ):
        thread = await make_thread(keep)
        for _ in range(3):
            await make_messages(keep, thread.id, ["old"] * 100)
        sent: list[int] = []
        for _ in range(200):
            await make_messages(keep, thread.id, ["popped"] * appends)
            before = sent_for(commands)
            await keep.message_service.pop_message(thread.id)
            sent.append(sent_for(commands) - before)
        row: Any = await keep.runtime.documents.threads.find_one({"_id": thread.id})

        assert median(sent) <= 9
        assert sum(sent) <= 200 * 10
        assert max(sent) <= 25
        assert len(row["cuts"]) <= Tuning().most_cuts
        await require_clean(keep, thread.id, 300 if appends else 100)


async def test_a_cut_of_the_newest_messages_costs_as_much_as_a_pop(mongo_url: str, database_name: str) -> None:
    commands = Commands()
    async with (
        AsyncMongoClient[dict[str, Any]](mongo_url, event_listeners=[commands]) as client,
        Threadkeep(client, database=database_name, sweep_seconds=None) as keep,
    ):
        thread_id, _ = await make_history(keep, 30)
        before = sent_for(commands)
        await keep.message_service.pop_message(thread_id)
        pop = sent_for(commands) - before
        sent: list[int] = []
        await work_is_done()
        for kept in (28, 26, 23, 19, 16):
            before = sent_for(commands)
            thread = await keep.message_service.truncate_messages(thread_id, kept)
            sent.append(sent_for(commands) - before)
            assert thread.last_message is not None
            assert (thread.message_count, thread.last_message["text"]) == (kept, str(kept))
            await work_is_done()

        commands.sent.clear()
        newest = await keep.message_service.list_messages(thread_id, 2, order="desc")
        assert [row.content for row in newest] == ["16", "15"]
        assert sent_for(commands) <= 3, commands.sent  # the thread, one window of messages, and the thread again
        assert max(sent) <= pop + 1
        await require_clean(keep, thread_id, 16)


@pytest.mark.chaos
async def test_a_pop_passes_hundreds_of_purged_messages_at_once(mongo_url: str, database_name: str) -> None:
    commands = Commands()
    async with (
        AsyncMongoClient[dict[str, Any]](mongo_url, event_listeners=[commands]) as client,
        Threadkeep(client, database=database_name, sweep_seconds=None) as keep,
    ):
        thread_id, messages = await make_history(keep, 310)
        await keep.message_service.truncate_messages(thread_id, 10)
        await work_is_done()
        thread: Any = await keep.runtime.documents.threads.find_one({"_id": thread_id})
        await purge_oldest(keep.runtime.documents, thread, keep=0)
        sent: list[int] = []
        for number in (10, 9, 8):
            before = sent_for(commands)
            assert await keep.message_service.pop_message(thread_id) == messages[number - 1]
            await work_is_done()
            sent.append(sent_for(commands) - before)

        assert sent[0] <= 14
        assert max(sent[1:]) <= 12
        await require_clean(keep, thread_id, 7)


async def test_the_rows_of_a_cut_in_a_large_thread_are_marked_in_a_few_steps(
    mongo_url: str, database_name: str
) -> None:
    commands = Commands()
    async with (
        AsyncMongoClient[dict[str, Any]](mongo_url, event_listeners=[commands]) as client,
        Threadkeep(client, database=database_name, sweep_seconds=None) as keep,
    ):
        thread = await make_thread(keep, *["x" * 20_000] * 100)
        commands.sent.clear()
        await keep.message_service.truncate_messages(thread.id, 40)
        await work_is_done()
        updates = [command for command in commands.of("update") if command["update"] == "messages"]

        assert 1 <= len(updates) <= 8
        assert await keep.runtime.documents.messages.count_documents({"batch.id": "cut"}) == 60


async def test_the_work_behind_pops_in_a_row_is_done_once_and_at_the_latest_before_the_end(
    mongo_url: str, database_name: str
) -> None:
    commands, tuning = Commands(), Tuning(pops_pause_seconds=60)
    async with AsyncMongoClient[dict[str, Any]](mongo_url, event_listeners=[commands]) as client:
        async with Threadkeep(client, database=database_name, sweep_seconds=None, tuning=tuning) as keep:
            thread_id, _ = await make_history(keep, 10)
            for _ in range(6):
                await keep.message_service.pop_message(thread_id)
        updates = [command for command in commands.of("update") if command["update"] == "messages"]

        assert len(updates) == 1
        assert await client[database_name]["messages"].count_documents({"batch.id": "cut"}) == 6


@pytest.mark.parametrize("when", [pytest.param("before", marks=pytest.mark.slow), "after"])
@pytest.mark.parametrize(
    "step",
    [PURGE_STEPS[0], *(pytest.param(step, marks=pytest.mark.slow) for step in PURGE_STEPS[1:])],
    ids=" ".join,
)
@pytest.mark.parametrize("tuning", [FEW_CUTS])
async def test_a_killed_purge_of_many_cuts_is_completed_by_the_sweeper(
    keeps: Pair, monkeypatch: pytest.MonkeyPatch, step: tuple[str, str], when: str
) -> None:
    one, other = keeps
    thread_id, messages = await make_history(one, 9)
    for _ in range(4):
        await one.message_service.pop_message(thread_id)
    await work_is_done()
    kill(monkeypatch, one, step, when)

    await killed(one.message_service.pop_message(thread_id))
    monkeypatch.undo()
    between = await state_of(other, thread_id)
    await other.message_service.create_message(thread_id, "next")
    await require_clean(other, thread_id, 5)

    assert between == (None, ["1", "2", "3", "4"])
    assert await state_of(other, thread_id) == (None, ["1", "2", "3", "4", "next"])
    for message in messages[4:]:
        assert await other.message_service.list_messages(thread_id, 1, before=message.id, order="desc")
        with pytest.raises(MessageNotFound):
            await other.message_service.get_message(message.id)


@pytest.mark.slow
@pytest.mark.parametrize("tuning", [FEW_CUTS])
async def test_a_purge_of_many_cuts_leaves_the_messages_between_them(keeps: Pair, standalone_keeps: Pair) -> None:
    """The oldest cuts are those of single messages between others, and of the messages behind a number."""
    for one, other in (keeps, standalone_keeps):
        thread = await make_thread(one)
        for number in range(12):
            await make_messages(one, thread.id, [f"kept {number}", *["popped"] * (1 + number % 3)])
            if number % 3:
                await one.message_service.truncate_messages(
                    thread.id, (await last_seq(one, thread.id)) - 1 - number % 3
                )
            else:
                await one.message_service.pop_message(thread.id)
        listed = await other.message_service.list_messages(thread.id)

        assert [message.content for message in listed] == [f"kept {number}" for number in range(12)]
        await require_clean(other, thread.id, 12)


async def last_seq(keep: Threadkeep, thread_id: str) -> int:
    return (await keep.thread_service.get_thread(thread_id)).last_seq


async def test_a_retry_of_a_pop_gets_its_message_among_many(keeps: Pair) -> None:
    one, other = keeps
    thread_id, messages = await make_history(one, 6)
    callers = [Caller("admin", request_ids=RequestIds(f"seed {number}", 1_700_000_000_000)) for number in range(5)]
    for caller in callers:
        await one.operations.acting_as(caller).messages.pop(thread_id)

    for caller, message in zip(callers, reversed(messages), strict=False):
        retried = replace(caller, request_ids=replace(cast("RequestIds", caller.request_ids), is_retry=True))
        assert await other.operations.acting_as(retried).messages.pop(thread_id) == message
    assert await state_of(other, thread_id) == (None, ["1"])


async def test_a_pop_hides_nothing_of_a_batch_that_is_being_written() -> None:
    """On a standalone server, the last row makes the whole batch visible. Another process has counted its first rows."""
    async with Threadkeep(mongomock_client(), sweep_seconds=None) as keep:
        thread_id, messages = await make_history(keep, 3)
        documents = keep.runtime.documents
        [row] = await documents.messages.find({"_id": messages[2].id}).to_list()
        batch: list[MessageRow] = [
            {**row, "_id": f"message_{seq}", "seq": seq, "content": str(seq), "batch": {"id": "batch_1", "end": 40}}
            for seq in range(4, 41)
        ]
        await documents.messages.insert_many(batch[:-1])
        await keep.runtime.appender.sequencer.catch_up(thread_id)

        popped = await keep.message_service.pop_message(thread_id)
        await documents.messages.insert_one(batch[-1])
        listed = await keep.message_service.list_messages(thread_id, 100)

        assert popped == messages[2]
        assert [message.content for message in listed] == ["1", "2", *map(str, range(4, 41))]


@pytest.mark.parametrize(
    "seed",
    [
        0,
        *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 3)),
        *(pytest.param(seed, marks=pytest.mark.chaos) for seed in range(3, 15)),
    ],
)
@pytest.mark.parametrize("tuning", [FEW_CUTS])
async def test_any_appends_pops_cuts_and_deletions_leave_what_a_list_would_hold(keeps: Pair, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - for a test
    thread_id, history = await make_history(keeps[0], 12)
    model = [*history]
    for _ in range(40):
        keep = chance.choice(keeps)
        service = keep.message_service
        action = chance.choice(["append", "append", "pop", "pop", "pop", "pop", "truncate", "delete", "turn", "sweep"])
        if action == "append":
            model += await make_messages(keep, thread_id, ["new"] * chance.randint(1, 3))
        elif action == "pop":
            assert await service.pop_message(thread_id) == (model.pop() if model else None)
        elif action == "truncate":
            model = model[: -chance.randint(1, 3)]
            await service.truncate_messages(thread_id, model[-1].seq if model else 0)
        elif action == "delete" and model:
            await service.delete_message(model.pop(chance.randrange(len(model))).id)
        elif action == "turn":
            model = model[:-1]
            after = model[-1].seq if model else 0
            model += (await service.commit_turn(thread_id, [{"content": "turn"}], after_seq=after)).messages
        elif action == "sweep":
            await sweep(keep)
        assert await chance.choice(keeps).message_service.list_messages(thread_id, 100) == model
    await work_is_done()

    thread = await keeps[1].thread_service.get_thread(thread_id)
    assert thread.message_count == len(model)
    assert (thread.last_message or {}).get("id") == (model[-1].id if model else None)
    await require_clean(keeps[0], thread_id, len(model))
