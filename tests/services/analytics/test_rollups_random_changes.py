from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.tests.services.analytics.facts import StoreMessage, expected, stored

if TYPE_CHECKING:
    from threadkeep import Threadkeep
    from threadkeep.documents import Documents
    from threadkeep.inputs import Role
    from threadkeep.services.analytics.rollups import Rollups


class RandomChanges:
    """Creates, changes and deletes users, threads and messages in a random order."""

    def __init__(self, seed: int, keep: Threadkeep, documents: Documents) -> None:
        self.random = Random(seed)  # noqa: S311  the same changes for each seed
        self.keep = keep
        self.documents = documents
        self.store_message = StoreMessage(documents)
        self.users: list[str] = []
        self.threads: list[str] = []
        self.hours: dict[str, float] = {}
        """The time of the last message of each thread, in hours after `FIRST`. Times only increase within a thread."""

    async def create(self) -> None:
        self.users = [(await self.keep.user_service.create_user()).id for _ in range(4)]
        pairs = [self.random.sample(self.users, 2) for _ in range(6)]
        self.threads = [(await self.keep.thread_service.create_thread(pair)).id for pair in pairs]

    async def change(self) -> None:
        weights = {
            "append_dated": 12,
            "create_thread": 2,
            "edit": 4,
            "delete_message": 3,
            "delete_thread": 1,
            "erase": 0.5,
        }
        (name,) = self.random.choices([*weights], [*weights.values()])
        await getattr(self, name)()

    async def append_dated(self) -> None:
        role = self.random.choice(["user", "user", "assistant", "assistant", "tool"])
        sender = self.random.choice(self.users) if role == "user" else role
        assistant = self.random.choice([None, "asst_1", "asst_2"]) if role == "assistant" else None
        thread_id = self.random.choice(self.threads)
        hours = self.hours[thread_id] = self.hours.get(thread_id, 0) + self.random.expovariate(1 / 10)
        await self.store_message(thread_id, hours, role, sender, assistant_id=assistant, content="x" * 9)

    async def create_thread(self) -> None:
        sender = self.random.choice(self.users)
        thread = await self.keep.thread_service.create_thread([sender], messages=[{"content": "now"}])
        await self.keep.message_service.create_message(thread.id, "later", "assistant")

    async def edit(self) -> None:
        for row in await self._any_message():
            role: Role = self.random.choice(["user", "assistant"])
            await self.keep.message_service.update_message(row["_id"], content="!", role=role)

    async def delete_message(self) -> None:
        for row in await self._any_message():
            await self.keep.message_service.delete_message(row["_id"])

    async def delete_thread(self) -> None:
        if len(self.threads) > 2:
            await self.keep.thread_service.delete_thread(self.threads.pop())

    async def erase(self) -> None:
        if len(self.users) > 2:
            await self.keep.user_service.delete_user(self.users.pop())
            left = [row["_id"] async for row in self.documents.threads.find({}, {"_id": 1})]
            self.threads = [thread_id for thread_id in self.threads if thread_id in left]

    async def _any_message(self) -> list[Any]:
        visible = {"thread_id": {"$in": self.threads}, "batch": None}
        rows = await self.documents.messages.find(visible).sort("_id").to_list()
        return self.random.sample(rows, min(1, len(rows)))


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.chaos)])
async def test_the_facts_are_exact_after_random_changes(
    seed: int, keep: Threadkeep, documents: Documents, rollups: Rollups
) -> None:
    changes = RandomChanges(seed, keep, documents)
    await changes.create()
    for _ in range(30):
        if changes.threads:
            await changes.change()
        if changes.random.random() < 0.2:
            await rollups.run()

    await rollups.run()

    assert await stored(documents) == await expected(documents)
