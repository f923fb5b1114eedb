"""Clients that write and read without pause, and keep a book of everything they were answered."""

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

    Faults = Callable[["Book"], Coroutine[Any, Any, None]]
    """What goes wrong under a load, told how far the load has come."""

_log = logging.getLogger("threadkeep.faults")

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
    seen: dict[str, list[str]] = field(default_factory=dict)
    """What a reader saw of each thread, who followed it from its beginning."""
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

    def __init__(
        self, clients: list[AsyncClient], owner_id: str, thread_ids: list[str], *, singles: float = 0.6
    ) -> None:
        """`singles` is the share of single messages; half of the rest are batches, half new threads with messages."""
        self._singles = singles
        self._clients = clients
        self._owner = owner_id
        self._threads = thread_ids
        self._stopping = False
        self._all_written = False
        self.book = Book()

    async def run(self, writers: int, faults: Faults) -> Book:
        """Write and read while the faults happen, then stop."""
        async with asyncio.TaskGroup() as readers:
            for number, thread_id in enumerate(self._threads):
                readers.create_task(self._watch(number, thread_id))
            readers.create_task(self._discover(self._clients[0]))
            async with asyncio.TaskGroup() as group:
                for number in range(writers):
                    group.create_task(self._write(number))
                await faults(self.book)
                self._stopping = True
            self._all_written = True
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
            if kind < self._singles:
                await self._append(client, thread_id, (name,), chance)
            elif kind < (1 + self._singles) / 2:
                await self._append(client, thread_id, together(name, chance.randint(2, 8)), chance)
            else:
                await self._create(client, together(name, chance.randint(1, 8)), chance)

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
            await self._delete(client, texts[0], stored[0].id)

    async def _delete(self, client: AsyncClient, text: str, message_id: str) -> None:
        try:
            await client.message_service.delete_message(message_id)
        except NotFound:  # done before, and sent again because the process was killed before it could answer
            self.book.deleted.add(text)
        except ThreadkeepError as error:
            self.book.note(error)
            self.book.doubtfully_deleted.add(text)
        else:
            self.book.deleted.add(text)

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

    async def _watch(self, number: int, thread_id: str) -> None:
        """Follow a thread as it grows, asking now this process, now that; note what comes late, twice, or in part."""
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
                self.book.note(error)
                continue
            self.book.reads += 1
            for message in page:
                if message.seq <= last_seq:
                    self.book.faults.append(f"{message.seq} after {last_seq}")
                last_id, last_seq = message.id, message.seq
                seen.append(str(message.content))
            if page and not page.has_more and is_half(seen):
                self.book.faults.append(f"half of a batch was seen: {seen[-1]}")
            ended = ended and not page.has_more
            await asyncio.sleep(0)
        if len(set(seen)) < len(seen):
            self.book.faults.append(f"{thread_id}: seen twice")
        self.book.seen[thread_id] = seen

    async def _discover(self, client: AsyncClient) -> None:
        """Look for new threads, and whether all of their messages are there as soon as they are."""
        known = set(self._threads)
        while not self._all_written:
            try:
                new = set(await client.thread_service.list_threads(self._owner)) - known
                for thread_id in new:
                    known.add(thread_id)
                    texts = [str(entry.content) for entry in await client.message_service.list_messages(thread_id)]
                    self.book.reads += 1
                    if not texts or is_half(texts):
                        self.book.faults.append(f"{thread_id} was seen with {texts}")
            except NotFound:
                continue  # deleted meanwhile
            except ThreadkeepError as error:
                self.book.note(error)


def together(name: str, count: int) -> Texts:
    """The texts of messages that are sent together: each says its place, and how many they are."""
    return tuple(f"{name}.{place}.{count}" for place in range(count))


def is_half(texts: list[str]) -> bool:
    """Whether the last of these texts is of a batch that goes on, or its batch is not all here."""
    name, place, count = (*texts[-1].rsplit(".", 2), "")[:3]
    if texts[-1].count(".") == 1:
        return False
    return tuple(texts[-int(count) :]) != together(name, int(count)) or int(place) + 1 != int(count)


async def run_load(
    urls: list[str],
    faults: Faults,
    *,
    writers: int,
    threads: int = 3,
    singles: float = 0.6,
) -> Book:
    """Write through these services to some threads of one owner, and to new ones, while the faults happen."""
    clients = [patient(url, ADMIN_KEY) for url in urls for _ in range(4 // len(urls))]
    try:
        owner = await clients[0].user_service.create_user(full_name="Ada")
        ids = [(await clients[0].thread_service.create_thread([owner.id])).id for _ in range(threads)]
        return await Load(clients, owner.id, ids, singles=singles).run(writers, faults)
    finally:
        for client in clients:
            await client.aclose()


async def until_acknowledged(book: Book, more: int) -> None:
    """Return when so many more messages have been acknowledged, however long that takes on this machine."""
    goal = book.acknowledged + more
    while book.acknowledged < goal:  # noqa: ASYNC110 - written by many
        await asyncio.sleep(0.02)


def report(what: str, book: Book, **numbers: float) -> None:
    """Say what a load held."""
    note(what, acknowledged=book.acknowledged, doubtful=len(book.doubtful), pages=book.reads, **numbers)


def note(what: str, **numbers: float) -> None:
    """Say what was held, for docs/guarantees.md; `make chaos` shows it."""
    _log.info("%s: %s", what, ", ".join(f"{name} {number:.3g}" for name, number in numbers.items()))
