from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadkeep.budgets import Budget

OWNERS = ("a", "b", "c")


async def acquire(budget: Budget, owner: str, amount: int, served: list[str]) -> None:
    await budget.acquire(owner, amount)
    served.append(owner)


async def let_others_run() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_one_owner_leaves_the_rest_to_others() -> None:
    budget, served = Budget(10, 0.5), list[str]()
    greedy = [asyncio.create_task(acquire(budget, "greedy", 1, served)) for _ in range(20)]
    await let_others_run()
    await asyncio.wait_for(budget.acquire("other", 5), 1)

    assert served == ["greedy"] * 5
    assert budget.used == 10
    for task in greedy:
        task.cancel()


async def test_the_owner_that_holds_least_is_served_next() -> None:
    budget, served = Budget(4, 1.0), list[str]()
    for owner, amount in (("a", 3), ("b", 1)):
        await budget.acquire(owner, amount)
    tasks = [asyncio.create_task(acquire(budget, owner, 1, served)) for owner in ("a", "b", "c", "c")]
    await let_others_run()
    for _ in range(3):
        budget.release("a", 1)
        await let_others_run()

    assert served[0] == "c"
    assert sorted(served) == ["a", "b", "c"]
    for task in tasks:
        task.cancel()


async def test_requests_of_one_owner_are_served_in_order() -> None:
    budget, order = Budget(1, 1.0), list[int]()

    async def ask(number: int) -> None:
        await budget.acquire("a", 1)
        order.append(number)
        budget.release("a", 1)

    await budget.acquire("a", 1)
    tasks = [asyncio.create_task(ask(number)) for number in range(5)]
    await let_others_run()
    budget.release("a", 1)
    await asyncio.gather(*tasks)

    assert order == [0, 1, 2, 3, 4]


async def test_an_amount_above_the_share_gets_the_whole_share() -> None:
    budget = Budget(10, 0.5)

    assert await budget.acquire("a", 100) == 5
    budget.release("a", 5)
    assert budget.used == 0


@given(st.lists(st.tuples(st.sampled_from(OWNERS), st.integers(1, 8), st.booleans()), max_size=30), st.integers(1, 8))
def test_the_limit_holds_and_everything_is_released(acquisitions: list[tuple[str, int, bool]], limit: int) -> None:
    async def run() -> tuple[int, int, list[Any]]:
        budget, most = Budget(limit, 0.5), 0

        async def ask(owner: str, amount: int) -> None:
            nonlocal most
            granted = await budget.acquire(owner, amount)
            most = max(most, budget.used)
            try:
                await asyncio.sleep(0)
            finally:
                budget.release(owner, granted)

        tasks = []
        for owner, amount, is_cancelled in acquisitions:
            tasks.append(task := asyncio.create_task(ask(owner, amount)))
            await asyncio.sleep(0)
            if is_cancelled:
                task.cancel()
        outcomes = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 5)
        return most, budget.used, outcomes

    most, used, outcomes = asyncio.run(run())

    assert most <= limit
    assert used == 0
    assert all(outcome is None or isinstance(outcome, asyncio.CancelledError) for outcome in outcomes)


@pytest.mark.parametrize("cancelled", range(3))
async def test_a_cancelled_request_does_not_block_others(cancelled: int) -> None:
    budget, served = Budget(2, 1.0), list[str]()
    await budget.acquire("a", 2)
    tasks = [asyncio.create_task(acquire(budget, owner, 1, served)) for owner in OWNERS]
    await let_others_run()
    tasks[cancelled].cancel()
    budget.release("a", 2)
    await asyncio.wait(tasks, timeout=1)

    assert len(served) == 2
    assert budget.waiters == 0


async def test_an_owner_above_its_share_leaves_the_rest_to_others() -> None:
    budget = Budget(10, 0.5)
    budget.take("greedy", 100)
    await asyncio.wait_for(budget.acquire("other", 5), 1)

    assert budget.used == 10
    budget.release("greedy", 100)
    assert budget.used == 5
