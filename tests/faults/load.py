"""Clients that write and read without pause, and collect all answers."""

from __future__ import annotations

import asyncio
import logging
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from threadkeep.client import AsyncClient
from threadkeep.errors import NotFound, ThreadkeepError
from threadkeep.tests.faults.processes import ADMIN_KEY

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from threadkeep.inputs import MessageInput

    Faults = Callable[["Results"], Coroutine[Any, Any, None]]
    """A coroutine function that causes faults during a load. It gets the results so far."""

_log = logging.getLogger("threadkeep.faults")

Texts = tuple[str, ...]
"""The texts of messages that were sent in one request."""


@dataclass
class Results:
    """The requests of a load and their answers."""

    acknowledged_batches: dict[Texts, list[int]] = field(default_factory=dict)
    """The numbers of messages whose append was acknowledged."""
    unacknowledged: set[Texts] = field(default_factory=set)
    """Messages whose append was not acknowledged: they are stored once or not at all."""
    deleted: set[str] = field(default_factory=set)
    """Single messages whose deletion was acknowledged."""
    maybe_deleted: set[str] = field(default_factory=set)
    created: dict[str, tuple[str, Texts]] = field(default_factory=dict)
    """The owner and the texts of threads that were created with messages."""
    maybe_deleted_threads: set[str] = field(default_factory=set)
    """Threads whose deletion was requested, acknowledged or not."""
    deleted_threads: set[str] = field(default_factory=set)
    errors: dict[str, int] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)
    """Sentences about reads that break a guarantee."""
    seen: dict[str, list[str]] = field(default_factory=dict)
    """The texts that a reader saw. The reader followed the thread from its first message."""
    reads: int = 0

    @property
    def acknowledged(self) -> int:
        """The number of acknowledged messages."""
        return sum(map(len, self.acknowledged_batches)) + sum(len(texts) for _, texts in self.created.values())

    def count(self, error: Exception) -> None:
        """Count an error."""
        name = type(error).__name__
        self.errors[name] = self.errors.get(name, 0) + 1


def retrying_client(url: str, api_key: str, *, retries: int = 60, timeout: float = 10) -> AsyncClient:
    """Return a client that retries for longer than a restart takes."""
    return AsyncClient(
        url, api_key, timeout=timeout, max_retries=retries, backoff=lambda tries: min(0.05 * 2**tries, 0.4)
    )


class Load:
    """Writers of single messages, batches, threads and deletions, and readers that follow the threads."""

    def __init__(
        self, clients: list[AsyncClient], owner_id: str, thread_ids: list[str], *, singles: float = 0.6
    ) -> None:
        """`singles` is the share of single messages. Of the rest, half are batches and half are new threads with messages."""
        self._singles = singles
        self._clients = clients
        self._owner = owner_id
        self._threads = thread_ids
        self._stopping = False
        self._all_written = False
        self.results = Results()

    async def run(self, writers: int, faults: Faults) -> Results:
        """Write and read until `faults` returns."""
        async with asyncio.TaskGroup() as readers:
            for number, thread_id in enumerate(self._threads):
                readers.create_task(self._watch(number, thread_id))
            readers.create_task(self._discover(self._clients[0]))
            async with asyncio.TaskGroup() as group:
                for number in range(writers):
                    group.create_task(self._write(number))
                await faults(self.results)
                self._stopping = True
            self._all_written = True
        return self.results

    async def _write(self, number: int) -> None:
        chance = random.Random(number)  # noqa: S311 - the same requests in each run
        client = self._clients[number % len(self._clients)]
        count = 0
        while not self._stopping:
            count += 1
            thread_id = self._threads[count % len(self._threads)]
            name = f"w{number}.{count}"
            kind = chance.random()
            if kind < self._singles:
                await self._append(client, thread_id, (name,), chance)
            elif kind < (1 + self._singles) / 2:
                await self._append(client, thread_id, batch_texts(name, chance.randint(2, 8)), chance)
            else:
                await self._create(client, batch_texts(name, chance.randint(1, 8)), chance)

    async def _append(self, client: AsyncClient, thread_id: str, texts: Texts, chance: random.Random) -> None:
        messages = client.message_service
        try:
            if len(texts) == 1:
                stored = [await messages.create_message(thread_id, texts[0], "assistant")]
            else:
                batch: list[MessageInput] = [{"content": text, "role": "assistant"} for text in texts]
                stored = list(await messages.create_messages(thread_id, batch))
        except ThreadkeepError as error:
            self.results.count(error)
            self.results.unacknowledged.add(texts)
            return
        self.results.acknowledged_batches[texts] = [message.seq for message in stored]
        if len(texts) == 1 and chance.random() < 0.15:
            await self._delete(client, texts[0], stored[0].id)

    async def _delete(self, client: AsyncClient, text: str, message_id: str) -> None:
        try:
            await client.message_service.delete_message(message_id)
        except NotFound:  # a retry: the process was killed after the deletion and before the answer
            self.results.deleted.add(text)
        except ThreadkeepError as error:
            self.results.count(error)
            self.results.maybe_deleted.add(text)
        else:
            self.results.deleted.add(text)

    async def _create(self, client: AsyncClient, texts: Texts, chance: random.Random) -> None:
        threads = client.thread_service
        try:
            thread = await threads.create_thread(
                [self._owner], {"made": "under load"}, messages=[{"content": text} for text in texts]
            )
        except ThreadkeepError as error:
            self.results.count(error)
            self.results.unacknowledged.add(texts)
            return
        self.results.created[thread.id] = (self._owner, texts)
        if chance.random() < 0.3:
            self.results.maybe_deleted_threads.add(thread.id)
            try:
                await threads.delete_thread(thread.id)
            except NotFound:
                self.results.deleted_threads.add(thread.id)
            except ThreadkeepError as error:
                self.results.count(error)
            else:
                self.results.deleted_threads.add(thread.id)

    async def _watch(self, number: int, thread_id: str) -> None:
        """Follow a thread at alternating processes. Record messages that appear late, twice, or without the rest of their batch."""
        last_id, last_seq = None, 0
        seen: list[str] = []
        ended = False
        while not ended:
            ended = self._all_written
            number += 1
            messages = self._clients[number % len(self._clients)].message_service
            try:
                page = await messages.list_messages(thread_id, 200, after=last_id)
            except ThreadkeepError as error:
                self.results.count(error)
                continue
            self.results.reads += 1
            for message in page:
                if message.seq <= last_seq:
                    self.results.violations.append(f"{message.seq} after {last_seq}")
                last_id, last_seq = message.id, message.seq
                seen.append(str(message.content))
            if page and not page.has_more and ends_in_partial_batch(seen):
                self.results.violations.append(f"a part of a batch was read: {seen[-1]}")
            ended = ended and not page.has_more
            await asyncio.sleep(0)
        if len(set(seen)) < len(seen):
            self.results.violations.append(f"{thread_id}: a message was read twice")
        self.results.seen[thread_id] = seen

    async def _discover(self, client: AsyncClient) -> None:
        """Follow the list of threads. Record each new thread that does not have all its messages."""
        known = set(self._threads)
        while not self._all_written:
            try:
                new = set(await client.thread_service.list_threads(self._owner)) - known
                for thread_id in new:
                    known.add(thread_id)
                    texts = [str(entry.content) for entry in await client.message_service.list_messages(thread_id)]
                    self.results.reads += 1
                    if not texts or ends_in_partial_batch(texts):
                        self.results.violations.append(f"{thread_id} was read with {texts}")
            except NotFound:
                continue  # deleted after the list was read
            except ThreadkeepError as error:
                self.results.count(error)


def batch_texts(name: str, count: int) -> Texts:
    """Return the texts of the messages of one batch. Each text has its index and the number of messages."""
    return tuple(f"{name}.{index}.{count}" for index in range(count))


def ends_in_partial_batch(texts: list[str]) -> bool:
    """Return whether the last text belongs to a batch that is not complete in these texts."""
    name, index, count = (*texts[-1].rsplit(".", 2), "")[:3]
    if texts[-1].count(".") == 1:
        return False
    return tuple(texts[-int(count) :]) != batch_texts(name, int(count)) or int(index) + 1 != int(count)


async def run_load(
    urls: list[str],
    faults: Faults,
    *,
    writers: int,
    threads: int = 3,
    singles: float = 0.6,
) -> Results:
    """Write through these services to threads of one owner and to new threads, until `faults` returns."""
    clients = [retrying_client(url, ADMIN_KEY) for url in urls for _ in range(4 // len(urls))]
    try:
        owner = await clients[0].user_service.create_user(full_name="Ada")
        ids = [(await clients[0].thread_service.create_thread([owner.id])).id for _ in range(threads)]
        return await Load(clients, owner.id, ids, singles=singles).run(writers, faults)
    finally:
        for client in clients:
            await client.aclose()


async def until_acknowledged(results: Results, more: int) -> None:
    """Wait until `more` further messages are acknowledged."""
    goal = results.acknowledged + more
    while results.acknowledged < goal:  # noqa: ASYNC110 - many tasks change it
        await asyncio.sleep(0.02)


def report(name: str, results: Results, **numbers: float) -> None:
    """Log the results of a load."""
    note(name, acknowledged=results.acknowledged, doubtful=len(results.unacknowledged), pages=results.reads, **numbers)


def note(name: str, **numbers: float) -> None:
    """Log measured numbers for docs/guarantees.md. `make chaos` shows them."""
    _log.info("%s: %s", name, ", ".join(f"{key} {number:.3g}" for key, number in numbers.items()))
