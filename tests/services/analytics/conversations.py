"""A database of realistic conversations with their daily facts. The conversations are the same in each run."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pymongo import AsyncMongoClient

from threadkeep.documents import Documents
from threadkeep.services.analytics.rollups import Rollups
from threadkeep.tests.services.analytics.plain import Data, Row
from threadkeep.transfer.demo import Demo, generate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pymongo import MongoClient
    from pymongo.database import Database

SAMPLE = Demo(messages=1500, seed=6, days=36, until=datetime(2026, 11, 1))  # noqa: DTZ001  naive UTC, as stored
"""The demo of the sample answers in docs/analytics.md."""


@dataclass(frozen=True, slots=True)
class Conversations:
    """A database, and its documents for computations in plain Python."""

    database: Database[dict[str, Any]]
    data: Data


@contextmanager
def conversations(
    mongo: MongoClient[dict[str, Any]],
    url: str,
    demo: Demo,
    change: Callable[[list[Row], list[Row]], None] = lambda messages, threads: None,  # noqa: ARG005
) -> Iterator[Conversations]:
    """Store a demo and its daily facts. `change` edits the documents first. The end of the context drops the database."""
    name = f"test-{secrets.token_hex(8)}"
    generated = generate(demo)
    pairs = list(generated.conversations)
    threads: list[Any] = [thread for thread, _ in pairs]
    messages: list[Any] = [row for _, rows in pairs for row in rows]
    change(messages, threads)

    async def write() -> None:
        async with AsyncMongoClient[dict[str, Any]](url) as client:
            documents = await Documents.bind(client[name])
            await documents.messages.insert_many(messages)
            await documents.threads.insert_many(threads)
            await Rollups(documents).run()

    asyncio.run(write())
    yield Conversations(mongo[name], Data.of(messages, threads))
    mongo.drop_database(name)
