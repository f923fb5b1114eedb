"""The data that exists before a run: users, threads to read, threads to write to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..keep import Threadkeep

if TYPE_CHECKING:
    from ..inputs import MessageInput
    from ..services import Services

LENGTHS = 4
TEXT = (
    "The train leaves at 9:14 from platform 3 and arrives at 11:52, which gives you forty minutes before the meeting "
    "begins; the return ticket is valid on every later train of the same day."
)
"""A text of 170 characters, a typical length of a message."""


@dataclass(frozen=True)
class Amounts:
    """The numbers of objects to create."""

    threads: int = 32
    """Threads to read."""
    messages: int = 200
    """Messages in each of them."""
    written: int = 16
    """Threads to write to, for each process."""


@dataclass
class Seeds:
    """The keys and ids of the created objects."""

    key: str
    """A key of scope `service`, as a backend uses."""
    user_key: str
    """A key of scope `user`. Each request checks in the thread that the user takes part."""
    user_id: str
    threads: list[str] = field(default_factory=list)
    """Threads to read."""
    messages: list[str] = field(default_factory=list)
    """One message from the middle of each of them."""
    for_service: list[str] = field(default_factory=list)
    for_floor: list[str] = field(default_factory=list)
    for_openai: list[str] = field(default_factory=list)
    """Threads to write to, for the service, the floor and the OpenAI API."""
    for_history: list[str] = field(default_factory=list)
    """Empty threads, one for each length of a history."""
    listed: list[str] = field(default_factory=list)
    """Users without threads, one for each length of a list."""


async def seed(url: str, database: str, amounts: Amounts | None = None) -> Seeds:
    """Create all objects and return their ids."""
    async with Threadkeep.connect(url, database=database, timeout_seconds=60, sweep_seconds=None) as keep:
        return await _seed(keep.services, amounts or Amounts())


async def _seed(services: Services, amounts: Amounts) -> Seeds:
    user = await services.user_service.create_user(full_name="Ada Lovelace")
    key = await services.key_service.create_key("service", key_name="bench")
    user_key = await services.key_service.create_key("user", user_id=user.id)
    seeds = Seeds(key.plain_key, user_key.plain_key, user.id)
    for _ in range(amounts.threads):
        thread = await services.thread_service.create_thread([user.id], {"topic": "trains"})
        stored = await services.message_service.create_messages(thread.id, conversation(amounts.messages, user.id))
        seeds.threads.append(thread.id)
        seeds.messages.append(stored[amounts.messages // 2].id)
    for ids in (seeds.for_service, seeds.for_floor, seeds.for_openai):
        for _ in range(amounts.written):
            thread = await services.thread_service.create_thread([user.id], {"topic": "trains"})
            ids.append(thread.id)
    for number in range(LENGTHS):
        seeds.for_history.append((await services.thread_service.create_thread([user.id])).id)
        seeds.listed.append((await services.user_service.create_user(full_name=f"Reader {number}")).id)
    return seeds


def conversation(count: int, user_id: str) -> list[MessageInput]:
    """Messages of a user and an assistant in turn."""
    return [
        {"role": "assistant", "content": TEXT, "assistant_id": "asst_bench"}
        if number % 2
        else {"role": "user", "content": TEXT, "sender_id": user_id}
        for number in range(count)
    ]
