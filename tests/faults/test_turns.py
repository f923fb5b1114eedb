"""Turns, pops and cuts whose processes are killed at any step, and several processes that write to one thread."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from pymongo.asynchronous.collection import AsyncCollection

from threadkeep.client import AsyncClient
from threadkeep.errors import IdTaken, MessageNotFound
from threadkeep.inputs import NewTurn
from threadkeep.keep import Threadkeep
from threadkeep.services import Caller, RequestIds, Tuning
from threadkeep.tests.factories import make_history, make_messages, make_thread
from threadkeep.tests.faults.consistency import sweep
from threadkeep.tests.faults.killing import kill, killed, require_clean, state_of
from threadkeep.tests.faults.processes import ADMIN_KEY

if TYPE_CHECKING:
    from threadkeep.services import Operations
    from threadkeep.tests.faults.conftest import Pair
    from threadkeep.tests.faults.processes import Serve


STEPS = [
    ("messages", "insert_many"),
    ("threads", "find_one_and_update"),
    ("audit_log", "insert_one"),
    ("messages", "update_many"),
    ("threads", "update_one"),
]


WHEN = pytest.mark.parametrize("when", ["before", "after"])


IDS = RequestIds("seed_of_the_request", 1_700_000_000_000)


def retrying(keep: Threadkeep, *, is_retry: bool = True) -> Operations:
    ids = replace(IDS, is_retry=is_retry)
    return keep.operations.acting_as(Caller("admin", request_ids=ids))


@WHEN
@pytest.mark.parametrize("step", STEPS, ids=" ".join)
async def test_a_killed_turn_is_whole_or_nothing_and_its_retry_makes_it_once(
    keeps: Pair, monkeypatch: pytest.MonkeyPatch, step: tuple[str, str], when: str
) -> None:
    one, other = keeps
    thread_id, _ = await make_history(one, 0)
    await make_messages(one, thread_id, [f"old {number}" for number in (1, 2, 3, 4)])
    old, new = ["old 1", "old 2", "old 3", "old 4"], ["old 1", "old 2", "new 1", "new 2"]
    messages = [{"content": "new 1", "client_id": "a"}, {"content": "new 2"}]
    turn = NewTurn.model_validate(
        {"messages": messages, "after_seq": 2, "meta_data": {"step": 1}}, context=one.runtime.limits
    )
    kill(monkeypatch, one, step, when)

    await killed(retrying(one, is_retry=False).messages.commit(thread_id, turn))
    between = await state_of(other, thread_id)
    thread, written = await retrying(other).messages.commit(thread_id, turn)
    after = await state_of(other, thread_id)
    following = await other.message_service.create_message(thread_id, "next")
    await require_clean(other, thread_id, 5)

    assert between in ((None, old), (1, new))
    assert after == (1, new)
    assert [message.content for message in written] == ["new 1", "new 2"]
    assert thread.meta_data["step"] == 1
    assert following.seq == written[-1].seq + 1
    assert len(await other.message_service.list_messages(thread_id, client_id="a")) == 1


@pytest.mark.slow
@WHEN
@pytest.mark.parametrize("step", STEPS, ids=" ".join)
async def test_a_killed_turn_without_a_retry_is_whole_or_nothing(
    keeps: Pair, monkeypatch: pytest.MonkeyPatch, step: tuple[str, str], when: str
) -> None:
    one, other = keeps
    thread_id, _ = await make_history(one, 0)
    await make_messages(one, thread_id, ["old 1", "old 3"])
    kill(monkeypatch, one, step, when)

    await killed(one.message_service.commit_turn(thread_id, [{"content": "new"}], after_seq=1, meta_data={"step": 1}))
    between = await state_of(other, thread_id)
    await sweep(other)
    swept = await state_of(other, thread_id)
    await other.message_service.create_message(thread_id, "next")

    assert between == swept
    assert swept in ((None, ["old 1", "old 3"]), (1, ["old 1", "new"]))
    assert await state_of(other, thread_id) == (swept[0], [*swept[1], "next"])


@WHEN
@pytest.mark.parametrize("step", [step for step in STEPS if step[1] != "insert_many"], ids=" ".join)
async def test_a_retry_of_a_killed_pop_pops_nothing_else(
    keeps: Pair, monkeypatch: pytest.MonkeyPatch, step: tuple[str, str], when: str
) -> None:
    one, other = keeps
    thread_id, messages = await make_history(one, 3)
    kill(monkeypatch, one, step, when)

    await killed(retrying(one, is_retry=False).messages.pop(thread_id))
    monkeypatch.undo()
    popped = await retrying(other).messages.pop(thread_id)
    again = await retrying(other).messages.pop(thread_id)
    left = await state_of(other, thread_id)
    await require_clean(other, thread_id, 2)

    assert popped == again == messages[2]
    assert left == (None, ["1", "2"])
    with pytest.raises(IdTaken, match="deleted"):  # its text is removed by now
        await retrying(other).messages.pop(thread_id)


async def test_two_processes_that_commit_and_append_show_each_turn_whole(keeps: Pair, standalone_keeps: Pair) -> None:
    """Each turn has two messages and sets `step`. Appends and pops of both processes run beside it."""
    for one, other in (keeps, standalone_keeps):
        thread = await make_thread(one)
        done = asyncio.Event()

        async def write(keep: Threadkeep, name: str, thread_id: str = thread.id) -> int:
            count = 0
            for step in range(3):
                text = f"{name}{step}"
                count += len(
                    (
                        await keep.message_service.commit_turn(
                            thread_id, [{"content": text}, {"content": text}], meta_data={"step": text}
                        )
                    ).messages
                )
                await keep.message_service.create_message(thread_id, "single")
            return count

        async def read(keep: Threadkeep, thread_id: str = thread.id, done: asyncio.Event = done) -> list[str]:
            seen: list[str] = []
            position: str | None = None
            while True:
                was_done = done.is_set()
                page = await keep.message_service.list_messages(thread_id, after=position)
                texts = [one.content for one in page if one.content != "single"]
                assert texts[::2] == texts[1::2], texts
                seen += [one.id for one in page]
                position = page[-1].id if page else position
                if was_done:
                    return seen
                await asyncio.sleep(0)

        readers = [asyncio.create_task(read(keep)) for keep in (one, other)]
        await asyncio.gather(write(one, "a"), write(other, "b"))
        done.set()
        seen = await asyncio.gather(*readers)
        listed = await one.message_service.list_messages(thread.id)

        assert len(listed) == 18
        assert seen[0] == seen[1] == [message.id for message in listed]
        await require_clean(other, thread.id, 18)


async def test_concurrent_pops_of_two_processes_pop_each_message_once(keeps: Pair, standalone_keeps: Pair) -> None:
    for one, other in (keeps, standalone_keeps):
        thread_id, messages = await make_history(one, 10)

        popped: Any = await asyncio.gather(*(keep.message_service.pop_message(thread_id) for keep in (one, other) * 4))
        left = await one.message_service.list_messages(thread_id)

        assert sorted(message.seq for message in popped) == [3, 4, 5, 6, 7, 8, 9, 10]
        assert left == messages[:2]
        await require_clean(other, thread_id, 2)


@pytest.mark.parametrize("tuning", [Tuning(most_cuts=4)])
async def test_many_cuts_are_purged_in_time(keeps: Pair) -> None:
    one, other = keeps
    thread = await make_thread(one)
    for number in range(9):
        await one.message_service.create_messages(thread.id, [{"content": f"kept {number}"}, {"content": "popped"}])
        await one.message_service.pop_message(thread.id)
    row: Any = await one.runtime.documents.threads.find_one({"_id": thread.id})
    listed = await other.message_service.list_messages(thread.id)

    assert len(row["cuts"]) <= 4
    assert [message.content for message in listed] == [f"kept {number}" for number in range(9)]
    await require_clean(other, thread.id, 9)


async def test_a_message_that_is_deleted_and_cut_at_once_counts_once(
    keeps: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = keeps
    thread_id, messages = await make_history(one, 4)
    original = AsyncCollection.insert_one

    async def cut_before(self: Any, row: Any, *args: Any, **kwargs: Any) -> Any:
        if self.full_name == one.runtime.documents.database["deleted_messages"].full_name:
            monkeypatch.setattr(AsyncCollection, "insert_one", original)
            await other.message_service.truncate_messages(thread_id, 2)
        return await original(self, row, *args, **kwargs)

    monkeypatch.setattr(AsyncCollection, "insert_one", cut_before)
    with suppress(MessageNotFound):  # the cut may be faster
        await one.message_service.delete_message(messages[3].id)

    await require_clean(other, thread_id, 2)
    assert (await other.thread_service.get_thread(thread_id)).message_count == 2


@pytest.mark.slow
async def test_kills_of_the_service_split_no_turn_and_repeat_no_pop(
    serve: Serve, mongo_url: str, database_name: str
) -> None:
    """Each writer replaces its last turn by a new one, or pops a message that it appended. Readers look at each state."""
    done, states = asyncio.Event(), list[list[str]]()
    with serve(mongo_url, database=database_name, sweep_seconds=1) as service:
        async with AsyncClient(service.url, ADMIN_KEY, max_retries=12) as client:
            threads = [await client.thread_service.create_thread(messages=[{"content": "first"}]) for _ in range(4)]

            async def write(thread_id: str) -> list[int]:
                numbers: list[int] = []
                while not done.is_set():
                    text = f"turn {len(numbers)}"
                    turn = await client.message_service.commit_turn(
                        thread_id, [{"content": text}, {"content": text}], after_seq=1, meta_data={"text": text}
                    )
                    numbers += [message.seq for message in turn.messages]
                    extra = await client.message_service.create_message(thread_id, "extra")
                    popped = await client.message_service.pop_message(thread_id)
                    assert popped == extra
                    numbers.append(extra.seq)
                return numbers

            async def read(thread_id: str) -> None:
                while not done.is_set():
                    states.append([str(one.content) for one in await client.message_service.list_messages(thread_id)])

            tasks = [asyncio.create_task(work(thread.id)) for thread in threads for work in (write, read)]
            for _ in range(4):
                await asyncio.sleep(1)
                await asyncio.to_thread(service.kill)
                service.start()
            await asyncio.sleep(1)
            done.set()
            results = await asyncio.gather(*tasks)
    async with Threadkeep.connect(mongo_url, database=database_name, sweep_seconds=None, timeout_seconds=60) as keep:
        for thread in threads:
            await require_clean(keep, thread.id, 3)
            after = await keep.thread_service.get_thread(thread.id)
            listed = await keep.message_service.list_messages(thread.id)
            assert [one.content for one in listed] == ["first", after.meta_data["text"], after.meta_data["text"]]

    assert all(state[0] == "first" and len(set(state[1:3])) <= 1 and state[3:] in ([], ["extra"]) for state in states)
    for numbers in filter(None, results):
        assert numbers == sorted(set(numbers))
        assert len(numbers) >= 3
