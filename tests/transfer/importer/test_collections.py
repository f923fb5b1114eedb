"""The collections of other programs, read from their MongoDB."""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from bson import Binary, ObjectId

from threadkeep.errors import InvalidInput, Unavailable
from threadkeep.tests.cli.every_command import run
from threadkeep.transfer import import_collections

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymongo import MongoClient
    from pymongo.database import Database

    from threadkeep.keep import Threadkeep

NOW = datetime(2026, 1, 5, 10, tzinfo=UTC)


@pytest.fixture
def source(mongo: MongoClient[dict[str, Any]]) -> Iterator[Database[dict[str, Any]]]:
    """A database of another program."""
    database = mongo[f"source-{secrets.token_hex(4)}"]
    yield database
    mongo.drop_database(database.name)


def librechat(database: Database[dict[str, Any]]) -> None:
    """Two conversations of two users, as LibreChat stores them."""
    for number, user in enumerate(("u1", "u2")):
        key = f"00000000-0000-4000-8000-00000000000{number}"
        facts = {"conversationId": key, "title": f"Chat {number}", "user": user, "endpoint": "openAI", "createdAt": NOW}
        database["conversations"].insert_one(facts)
        shared = {"conversationId": key, "user": user, "createdAt": NOW}
        question = {
            "messageId": f"q{number}",
            "parentMessageId": "00000000-0000-0000-0000-000000000000",
            "isCreatedByUser": True,
        }
        answer = {"messageId": f"a{number}", "parentMessageId": f"q{number}", "isCreatedByUser": False}
        database["messages"].insert_many(
            [{**shared, **question, "text": "When?"}, {**shared, **answer, "text": "At two.", "model": "gpt-5"}]
        )
    database["files"].insert_one({"file_id": "f", "bytes": Binary(b"\x00")})


async def test_the_collections_of_a_program_are_one_import(
    keep: Threadkeep, source: Database[dict[str, Any]], mongo_url: str
) -> None:
    librechat(source)
    before = {name: list(source[name].find()) for name in source.list_collection_names()}

    first = await import_collections(keep, mongo_url, source.name)
    again = await import_collections(keep, mongo_url, source.name, "messages", "conversations", dry_run=True)

    assert (first.threads, first.messages, first.formats, first.files_ignored) == (2, 4, ["librechat"], ["files"])
    assert (again.threads, again.threads_present, again.problems) == (0, 2, [])
    titles = {thread.meta_data["title"] async for thread in keep.thread_service.iter_threads()}
    assert titles == {"Chat 0", "Chat 1"}
    assert {name: list(source[name].find()) for name in source.list_collection_names()} == before


async def test_collections_of_any_age_are_read_in_the_order_of_their_ids(
    keep: Threadkeep, source: Database[dict[str, Any]], mongo_url: str
) -> None:
    rows = [
        {
            "_id": ObjectId(f"{1_760_000_000 + number:08x}{number:016x}"),
            "SessionId": "s1",
            "History": json.dumps({"type": "human" if number % 2 else "ai", "data": {"content": f"{number}"}}),
        }
        for number in range(50)
    ]
    source["chats"].insert_many(rows[::-1])

    report = await import_collections(keep, mongo_url, source.name)

    [thread] = await keep.thread_service.find_threads()
    messages = [message.content async for message in keep.message_service.iter_messages(thread.id)]
    assert report.formats == ["langchain"]
    assert messages == [f"{number}" for number in range(50)]


async def test_a_source_is_refused_if_it_is_the_target_or_cannot_be_read(
    keep: Threadkeep, source: Database[dict[str, Any]], mongo_url: str, database_name: str
) -> None:
    source["numbers"].insert_one({"n": 1})

    for arguments, problem in (
        ((mongo_url, database_name), "is a database of Threadkeep"),
        ((mongo_url, database_name, "messages"), "is a database of Threadkeep"),
        ((mongo_url, "no_such_database"), "has no collections"),
        ((mongo_url, source.name, "none"), "none does not exist"),
        (("http://127.0.0.1", source.name), "is no URL of MongoDB"),
    ):
        with pytest.raises(InvalidInput, match=problem):
            await import_collections(keep, *arguments)
    with pytest.raises(Unavailable, match=r"The source database at 127\.0\.0\.1:9 cannot be read") as away:
        await import_collections(keep, "mongodb://me:secret@127.0.0.1:9/?serverSelectionTimeoutMS=50", source.name)
    unknown = await import_collections(keep, mongo_url, source.name)

    assert "secret" not in str(away.value)
    assert "its format is not known: it holds objects with the keys" in str(unknown.problems[0])


def test_the_command_imports_from_a_mongodb(
    monkeypatch: pytest.MonkeyPatch, source: Database[dict[str, Any]], mongo_url: str, database_name: str
) -> None:
    monkeypatch.setenv("THREADKEEP_MONGODB_URL", mongo_url)
    monkeypatch.setenv("THREADKEEP_DATABASE", database_name)
    librechat(source)

    done = run("import", "--mongodb-url", mongo_url, "--source-database", source.name)
    wrong = [
        run("import"),
        run("import", "--mongodb-url", mongo_url),
        run("import", "--source-database", "x"),
        run("import", "x.json", "--mongodb-url", mongo_url, "--source-database", "x"),
    ]

    assert done.stdout.splitlines() == [
        "Imported 2 threads, 4 messages, 2 users.",
        "Read 2 conversations (librechat).",
        "Files without conversations: files.",
    ]
    assert [result.exit_code for result in wrong] == [2, 2, 2, 2]
