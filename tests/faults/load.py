"""Clients that write and read without pause, and keep a book of everything they were answered."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from threadkeep.client import AsyncClient
from threadkeep.errors import NotFound, ThreadkeepError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

Texts = tuple[str, ...]
"""Messages that were sent together."""


@dataclass
class Book:
    """What was sent, and what came of it."""

    kept: dict[Texts, list[int]] = field(default_factory=dict)
    """Acknowledged, with their numbers."""
    doubtful: set[Texts] = field(default_factory=set)
    """Not acknowledged: there once, or not at all."""
    deleted: set[str] = field(default_factory=set)
    """Single messages whose deletion was acknowledged."""
    doubtfully_deleted: set[str] = field(default_factory=set)
    created: dict[str, tuple[str, Texts]] = field(default_factory=dict)
    """Threads that were made with messages: owner and texts."""
    gone: set[str] = field(default_factory=set)
    """Threads whose deletion was begun: deleted, or not if it is doubtful."""
    certainly_gone: set[str] = field(default_factory=set)
    errors: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    """What no reader should ever have seen."""
    reads: int = 0

    @property
    def acknowledged(self) -> int:
        """Messages that were acknowledged."""
        return sum(map(len, self.kept)) + sum(len(texts) for _, texts in self.created.values())

    def note(self, error: Exception) -> None:
        """Count an error."""
        name = type(error).__name__
        self.errors[name] = self.errors.get(name, 0) + 1


def patient(url: str, api_key: str, *, retries: int = 60, timeout: float = 10) -> AsyncClient:
    """A client that goes on for as long as a restart takes."""
    return AsyncClient(
        url, api_key, timeout=timeout, max_retries=retries, backoff=lambda tries: min(0.05 * 2**tries, 0.4)
    )


class Load:
    """Some writers, each with a life of single messages, batches, threads and deletions, and readers who watch."""

    def __init__(self, clients: list[AsyncClient], owner_id: str, thread_ids: list[str]) -> None:
        self._clients = clients
        self._owner = owner_id
        self._threads = thread_ids
        self._stopping = False
        self.book = Book()

    async def run(self, writers: int, faults: Callable[[], Coroutine[Any, Any, None]]) -> Book:
        """Write and read while the faults happen, then stop."""
        async with asyncio.TaskGroup() as group:
            for number in range(writers):
                group.create_task(self._write(number))
            for number, thread_id in enumerate(self._threads):
                group.create_task(self._watch(self._clients[number % len(self._clients)], thread_id))
            await faults()
            self._stopping = True
        return self.book

    async def _write(self, number: int) -> None:
        chance = random.Random(number)  # noqa: S311 - the same life in each run
        client = self._clients[number % len(self._clients)]
        count = 0
        while not self._stopping:
            count += 1
            thread_id = self._threads[count % len(self._threads)]
            name = f"w{number}.{count}"
            kind = chance.random()
            if kind < 0.6:
                await self._append(client, thread_id, (name,), chance)
            elif kind < 0.85:
                await self._append(client, thread_id, tuple(f"{name}.{i}" for i in range(chance.randint(2, 8))), chance)
            else:
                await self._create(client, tuple(f"{name}.{i}" for i in range(chance.randint(1, 8))), chance)

    async def _append(self, client: AsyncClient, thread_id: str, texts: Texts, chance: random.Random) -> None:
        messages = client.message_service
        try:
            if len(texts) == 1:
                stored = [await messages.create_message(thread_id, texts[0], "assistant")]
            else:
                batch = [{"content": text, "role": "assistant"} for text in texts]
                stored = list(await messages.create_messages(thread_id, batch))
        except ThreadkeepError as error:
            self.book.note(error)
            self.book.doubtful.add(texts)
            return
        self.book.kept[texts] = [message.seq for message in stored]
        if len(texts) == 1 and chance.random() < 0.15:
            try:
                await messages.delete_message(stored[0].id)
            except NotFound:  # done before, and sent again because the process was killed before it could answer
                self.book.deleted.add(texts[0])
            except ThreadkeepError as error:
                self.book.note(error)
                self.book.doubtfully_deleted.add(texts[0])
            else:
                self.book.deleted.add(texts[0])

    async def _create(self, client: AsyncClient, texts: Texts, chance: random.Random) -> None:
        threads = client.thread_service
        try:
            thread = await threads.create_thread(
                [self._owner], {"made": "under load"}, messages=[{"content": text} for text in texts]
            )
        except ThreadkeepError as error:
            self.book.note(error)
            self.book.doubtful.add(texts)
            return
        self.book.created[thread.id] = (self._owner, texts)
        if chance.random() < 0.3:
            self.book.gone.add(thread.id)
            try:
                await threads.delete_thread(thread.id)
            except NotFound:
                self.book.certainly_gone.add(thread.id)
            except ThreadkeepError as error:
                self.book.note(error)
            else:
                self.book.certainly_gone.add(thread.id)

    async def _watch(self, client: AsyncClient, thread_id: str) -> None:
        """Follow a thread as it grows, and note what comes late, twice, or in part."""
        last_id, last_seq = None, 0
        seen: list[str] = []
        ended = False
        while not ended:
            ended = self._stopping
            try:
                page = await client.message_service.list_messages(thread_id, 200, after=last_id)
            except ThreadkeepError as error:
                self.book.note(error)
                continue
            self.book.reads += 1
            for message in page:
                if message.seq <= last_seq:
                    self.book.faults.append(f"{message.seq} after {last_seq}")
                last_id, last_seq = message.id, message.seq
                seen.append(str(message.content))
            ended = ended and not page.has_more
            await asyncio.sleep(0)
        self._check_what_was_seen(thread_id, seen)

    def _check_what_was_seen(self, thread_id: str, seen: list[str]) -> None:
        if len(set(seen)) < len(seen):
            self.book.faults.append(f"{thread_id}: seen twice")
        parts: dict[str, list[int]] = {}
        for text in seen:
            name, _, part = text.rpartition(".")
            if text.count(".") == 2:  # noqa: PLR2004 - w3.14.1 is the second message of a batch
                parts.setdefault(name, []).append(int(part))
        for name, numbers in parts.items():
            if numbers != list(range(len(numbers))):
                self.book.faults.append(f"{name}: parts {numbers}")
