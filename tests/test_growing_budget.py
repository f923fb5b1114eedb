"""Requests that take a resource in steps never wait for each other for ever. At most one of them exceeds the limit."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadkeep.budgets import GrowingBudget
from threadkeep.tests.waiting import let_others_run

LIMIT, LARGEST = 24, 10
REQUESTS = st.lists(
    st.tuples(st.sampled_from("abcde"), st.lists(st.integers(1, 5), min_size=1, max_size=5)), min_size=1, max_size=20
)


class Requests:
    """Requests that grow in steps, and the most that they held together."""

    def __init__(self, budget: GrowingBudget) -> None:
        self.budget = budget
        self.held: dict[int, tuple[str, int]] = {}
        self.most = self.most_of_owner = 0

    async def run(self, number: int, owner: str, steps: list[int]) -> None:
        held = 0
        for step in steps:
            held += await self.budget.grow(owner, step, held)
            self.held[number] = owner, held
            self.most = max(self.most, sum(amount for _, amount in self.held.values()))
            own = sum(amount for other, amount in self.held.values() if other == owner)
            self.most_of_owner = max(self.most_of_owner, own)
            await asyncio.sleep(0)
        del self.held[number]
        self.budget.end(owner, held)


@settings(deadline=None, database=None)
@given(REQUESTS, st.sampled_from([0.25, 0.5, 1.0]))
def test_all_requests_complete_and_the_limit_is_exceeded_by_one_request(
    asked: list[tuple[str, list[int]]], share: float
) -> None:
    largest = max(sum(steps) for _, steps in asked)
    budget = GrowingBudget(LIMIT, share)
    requests = Requests(budget)

    async def run() -> None:
        async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
            for number, (owner, steps) in enumerate(asked):
                tasks.create_task(requests.run(number, owner, steps))

    asyncio.run(run())

    owners_at_their_limit = LIMIT // budget.limit_of_owner
    assert requests.most_of_owner <= budget.limit_of_owner + 2 * largest
    assert requests.most <= LIMIT + (owners_at_their_limit + 1) * largest
    assert (budget.used, budget.waiters) == (0, 0)


async def test_requests_that_hold_parts_of_the_share_do_not_wait_for_each_other() -> None:
    budget = GrowingBudget(16, 0.5)
    held = [await budget.grow("a", 4, 0) for _ in range(2)]
    growing = [asyncio.create_task(budget.grow("a", 4, amount)) for amount in held]
    await let_others_run()

    assert [task.done() for task in growing] == [True, False]
    budget.end("a", 8)
    await let_others_run()
    assert growing[1].done()


async def test_owners_that_hold_parts_of_the_limit_do_not_wait_for_each_other() -> None:
    budget = GrowingBudget(8, 0.5)
    await budget.grow("a", 3, 0)
    await budget.grow("b", 3, 0)
    await budget.grow("c", 2, 0)
    growing = [asyncio.create_task(budget.grow(owner, 1, held)) for owner, held in (("a", 3), ("b", 3), ("c", 2))]
    await let_others_run()

    assert sum(task.done() for task in growing) == 1
    for task in growing:
        task.cancel()


async def test_a_request_that_is_still_sending_keeps_the_others_waiting_at_the_limit() -> None:
    budget = GrowingBudget(8, 1.0)
    await budget.grow("a", 4, 0)
    await budget.grow("a", 4, 0)
    growing = asyncio.create_task(budget.grow("a", 4, 4))
    await let_others_run()

    assert not growing.done()  # the first request has not asked for more, so it may end and release its part
    budget.end("a", 4)
    await let_others_run()
    assert growing.done()


@pytest.mark.parametrize("cancelled", [0, 1])
async def test_a_cancelled_request_leaves_the_others_going_on(cancelled: int) -> None:
    budget = GrowingBudget(8, 1.0)
    for _ in range(2):
        await budget.grow("a", 4, 0)
    growing = [asyncio.create_task(budget.grow("a", 4, 4)) for _ in range(2)]
    await let_others_run()
    was_done = growing[cancelled].done()
    growing[cancelled].cancel()
    await let_others_run()
    budget.end("a", 8 if was_done else 4)
    await let_others_run()

    assert growing[1 - cancelled].done()
