"""A database of realistic conversations with their daily facts. The conversations are the same in each run."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from pymongo import AsyncMongoClient

from threadkeep.documents import Documents
from threadkeep.mongodb_url import hosts_of
from threadkeep.services.analytics.rollups import Rollups
from threadkeep.tests.cli.every_command import run
from threadkeep.tests.docs.outputs import normalized
from threadkeep.tests.services.analytics.cookbook import sample_commands
from threadkeep.tests.services.analytics.plain import Data, Row
from threadkeep.transfer.demo import generate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pymongo import MongoClient
    from pymongo.database import Database

    from threadkeep.transfer.demo import Demo


@dataclass(frozen=True, slots=True)
class Conversations:
    """A database, its documents for computations in plain Python, and the output of the commands that filled it."""

    database: Database[dict[str, Any]]
    data: Data
    outputs: tuple[str, ...] = ()


@contextmanager
def sample_conversations(mongo: MongoClient[dict[str, Any]], url: str) -> Iterator[Conversations]:
    """The database that the commands of docs/analytics.md make. The end of the context drops it."""
    name = f"test-{secrets.token_hex(8)}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("THREADKEEP_MONGODB_URL", url)
        patch.setenv("THREADKEEP_DATABASE", name)
        patch.setenv("THREADKEEP_DATABASE_TIMEOUT_SECONDS", "30")
        printed = [run(*command.code.split()[1:]) for command in sample_commands()]
    assert [result.exit_code for result in printed] == [0] * len(printed), printed
    texts = dict.fromkeys(hosts_of(url), "127.0.0.1:27017") | {name: "threadkeep"}
    outputs = tuple(normalized(result.stderr + result.stdout, texts) for result in printed)
    yield Conversations(mongo[name], Data.of(mongo[name]["messages"].find(), mongo[name]["threads"].find()), outputs)
    mongo.drop_database(name)


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
