"""The history of a long thread is computed while other requests go on: 64 MiB of it take seconds."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.context import COUNTERS
from threadkeep.context.counters import estimate
from threadkeep.services.long_work import LongWork
from threadkeep.services.operations import message_queries, windows

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from threadkeep.keep import Threadkeep

READERS: dict[str, tuple[Any, str, Callable[[Any, str], Awaitable[Any]]]] = {
    "context": (windows, "window_of", lambda messages, thread: messages.context(thread, 10**7)),
    "formatted": (
        message_queries,
        "formatted_history",
        lambda messages, thread: messages.get_formatted_messages(thread),
    ),
}

MANY: list[Any] = [None] * 1000
"""A history of so many messages is not computed on the event loop."""


async def store(keep: Threadkeep, count: int, **message: Any) -> str:
    thread = await keep.thread_service.create_thread()
    messages: Any = [{"role": "user", **message}] * count
    await keep.message_service.create_messages(thread.id, messages)
    return str(thread.id)


@pytest.mark.slow
@pytest.mark.parametrize(("module", "name", "read"), READERS.values(), ids=READERS)
async def test_other_requests_go_on_while_a_long_history_is_computed(
    keep_in_memory: Threadkeep, monkeypatch: pytest.MonkeyPatch, module: Any, name: str, read: Any
) -> None:
    """The work waits for the event loop: if it ran there, it would wait in vain."""
    loop, went_on = asyncio.get_running_loop(), []
    work = getattr(module, name)

    def waiting(*arguments: Any) -> Any:
        turn = threading.Event()
        loop.call_soon_threadsafe(turn.set)
        went_on.append(turn.wait(0.5))
        return work(*arguments)

    monkeypatch.setattr(module, name, waiting)
    many = await store(keep_in_memory, 400, content="x")
    large = await store(keep_in_memory, 2, content=[{"type": "text", "text": "x" * 200_000}])
    small = await store(keep_in_memory, 2, content="x")

    for thread in (many, large, small):
        await read(keep_in_memory.message_service, thread)

    assert went_on == [True, True, False]


async def test_the_thread_of_a_cancelled_request_ends(
    keep_in_memory: Threadkeep, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted, began, goes_on = [], threading.Event(), threading.Event()

    def slow(text: str) -> int:
        began.set()
        counted.append(text)
        assert goes_on.wait(30)
        return 1

    monkeypatch.setitem(COUNTERS, "bytes", slow)
    thread = await store(keep_in_memory, 400, content="x")
    request = asyncio.create_task(keep_in_memory.message_service.context(thread, 10**7, counter="bytes"))
    assert await asyncio.to_thread(began.wait, 30)

    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    goes_on.set()
    long_work, both_idle = keep_in_memory.runtime.long_work, threading.Barrier(2)
    await asyncio.gather(*(long_work.run(owner, MANY, both_idle.wait) for owner in ("one", "other")))

    assert len(counted) < 400


async def test_one_key_leaves_a_thread_for_the_others() -> None:
    long_work, goes_on, begun = LongWork(), threading.Event(), threading.Semaphore(0)

    def wait() -> bool:
        begun.release()
        return goes_on.wait(10)

    greedy = [asyncio.create_task(long_work.run("greedy", MANY, wait)) for _ in range(20)]
    assert await asyncio.to_thread(begun.acquire, timeout=5)

    async with asyncio.timeout(5):
        assert await long_work.run("other", MANY, lambda: "done") == "done"
    assert (long_work.budget.used, long_work.budget.waiters) == (1, 19)
    goes_on.set()
    assert await asyncio.gather(*greedy) == [True] * 20
    assert long_work.budget.used == 0


async def test_the_counter_of_a_caller_is_called_in_the_thread_of_the_caller(keep_in_memory: Threadkeep) -> None:
    thread = await store(keep_in_memory, 400, content="x")
    threads = set()

    def count(text: str) -> int:
        threads.add(threading.current_thread())
        return len(text)

    await keep_in_memory.message_service.context(thread, 10**7, counter=count)

    assert threads == {threading.current_thread()}


def test_a_long_text_is_counted_in_segments() -> None:
    text = "word 1234 été 東京 😀 " * 300
    whole = estimate(text)
    in_segments = estimate(text, segment=100)

    assert whole < in_segments <= whole * 1.1
