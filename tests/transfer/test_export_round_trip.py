from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Literal

import pytest

from threadkeep.clock import now
from threadkeep.keep import Threadkeep
from threadkeep.services import Caller
from threadkeep.services.deletion.purge import mark_deleted
from threadkeep.tests.emptying import empty
from threadkeep.tests.transfer.conversations import native_conversation, openai_message
from threadkeep.transfer import export, import_file

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from pymongo import AsyncMongoClient, MongoClient

    from threadkeep.documents import Documents
    from threadkeep.tests.transfer.conftest import Write

Format = Literal["jsonl", "parquet"]
FORMATS: tuple[Format, ...] = ("jsonl", "parquet")


@pytest.fixture(scope="module")
def other_name(mongo: MongoClient[dict[str, Any]]) -> Iterator[str]:
    """Another database."""
    name = f"test-{secrets.token_hex(8)}"
    yield name
    mongo.drop_database(name)


@pytest.fixture
async def other(
    mongo: MongoClient[dict[str, Any]], mongo_client: AsyncMongoClient[dict[str, Any]], other_name: str
) -> AsyncIterator[Threadkeep]:
    """A Threadkeep on another database."""
    async with Threadkeep(mongo_client, database=other_name, sweep_seconds=None) as keep:
        yield keep
    empty(mongo[other_name])


async def fill(keep: Threadkeep, write: Write) -> None:
    """Store messages, threads and users with every variation of their fields."""
    ada = await keep.user_service.create_user(
        email="ada@example.org", full_name="Ada 👩‍💻", email_verified=None, external_id="ada/👩‍💻"
    )
    bob = await keep.user_service.create_user(email="bob@example.org")
    cyd = await keep.user_service.create_user(oauth_provider="github", provider_user_id="cyd")
    shared = await keep.thread_service.create_thread([ada.id, bob.id, cyd.id], meta_data={"a.b": 1, "$c": [None, 2.0]})
    messages = keep.message_service
    for sender in (ada, bob, cyd):
        await messages.create_message(shared.id, f"I am {sender.id}", sender_id=sender.id, client_id=sender.id)
    called = [{"id": "call_1", "type": "function", "function": {"name": "look_up", "arguments": '{"q": "\\n"}'}}]
    await messages.create_message(shared.id, "", "assistant", tool_calls=called, run_id="run_1", assistant_id="asst_1")
    await messages.create_message(shared.id, "NUL \0 and \u2028", "tool", tool_call_id="call_1", tool_id="look_up")
    edited = await messages.create_message(shared.id, "to be edited", meta_data={"x": {"y": 2**53 + 1, "é": 1e-9}})
    await messages.update_message(edited.id, content='[{"function": "no call"}]', meta_data={})
    for content in ("deleted in the middle", "stays", "deleted at the end"):
        last = await messages.create_message(shared.id, content, attachments=[{"file_id": "f", "tools": []}])
        if content != "stays":
            await messages.delete_message(last.id)
    await messages.update_message(edited.id, pinned=True)
    await messages.add_summary(shared.id, "Three people said who they are.", upto_seq=3)
    await keep.thread_service.update_thread(shared.id, tool_resources={"code_interpreter": {"file_ids": []}})
    await keep.user_service.delete_user(bob.id)
    await keep.thread_service.create_thread(meta_data={})
    for services in (keep, keep.acting_as(Caller("user", ada.id))):  # both have names of their own
        await services.thread_service.ensure_thread("chat/1", [ada.id])
    image = {"type": "image_file", "image_file": {"file_id": "file-1"}}
    openai = {"thread": {"id": "thread_openai"}, "messages": [openai_message(1, image), openai_message(2)]}
    item = {"type": "reasoning", "item": {"type": "reasoning", "summary": []}, "content": ""}
    conversation = native_conversation("items")
    conversation["messages"][1] |= item
    await import_file(keep, write(openai, conversation, native_conversation("long", length=12)))


async def all_rows(documents: Documents) -> dict[str, list[dict[str, Any]]]:
    """Return all stored rows, without placeholder rows, `imported_at`, and `up_to` of previews."""
    found = {}
    for name in ("users", "threads", "messages"):
        found[name] = await documents.database[name].find({"batch": None}).sort("_id", 1).to_list()
        for row in found[name]:
            row.pop("imported_at", None)
            row.get("last_message", {}).pop("up_to", None)
    return found


async def external_ids(documents: Documents) -> list[dict[str, Any]]:
    """Return which user or thread has which external id."""
    return await documents.external_ids.find({}, {"target_id": 1}).sort("_id", 1).to_list()


@pytest.mark.slow
@pytest.mark.parametrize("format_", FORMATS)
async def test_an_imported_export_gives_an_equal_database(
    keep: Threadkeep, other: Threadkeep, write: Write, tmp_path: Path, format_: Format
) -> None:
    await fill(keep, write)

    exported = await export(keep, tmp_path / "all", format=format_)
    imported = await import_file(other, tmp_path / "all")
    expected = await all_rows(keep.runtime.documents)

    assert imported.problems == []
    assert (exported.users, exported.threads, exported.messages) == tuple(map(len, expected.values()))
    assert (imported.users, imported.threads, imported.messages) == tuple(map(len, expected.values()))
    assert await all_rows(other.runtime.documents) == expected
    assert await external_ids(other.runtime.documents) == await external_ids(keep.runtime.documents)


@pytest.mark.slow
@pytest.mark.parametrize("format_", FORMATS)
async def test_an_imported_thread_continues_with_the_same_numbers(
    keep: Threadkeep, other: Threadkeep, write: Write, tmp_path: Path, format_: Format
) -> None:
    await fill(keep, write)
    [thread] = await keep.thread_service.find_threads(meta_data={"$c": [None, 2.0]})
    await export(keep, tmp_path / "all", format=format_)
    await import_file(other, tmp_path / "all")

    next_original = await keep.message_service.create_message(thread.id, "next")
    next_imported = await other.message_service.create_message(thread.id, "next")
    await other.message_service.delete_message(next_imported.id)

    assert next_imported.seq == next_original.seq
    assert (await other.thread_service.get_thread(thread.id)).message_count == thread.message_count


@pytest.mark.slow
async def test_importing_an_export_twice_changes_nothing(keep: Threadkeep, write: Write, tmp_path: Path) -> None:
    await fill(keep, write)
    for format_ in FORMATS:
        await export(keep, tmp_path / format_, format=format_)

        report = await import_file(keep, tmp_path / format_)

        assert (report.users, report.threads, report.messages, report.problems) == (0, 0, 0, [])
        assert report.users_present
        assert report.threads_present
        assert report.messages_present


@pytest.mark.slow
@pytest.mark.parametrize(("format_", "part_rows"), [("jsonl", 1000), ("jsonl", 1), ("parquet", 1000)])
async def test_users_and_threads_are_found_by_their_external_ids_after_an_import(
    keep: Threadkeep, other: Threadkeep, tmp_path: Path, format_: Format, part_rows: int
) -> None:
    ada = await keep.user_service.create_user(external_id="ada/👩‍💻")
    for services in (keep, keep.acting_as(Caller("user", ada.id))):
        await services.thread_service.create_thread([ada.id], messages=[{"content": "Hi"}] * 3, external_id="chat/1")
    await export(keep, tmp_path / "all", format=format_)

    report = await import_file(other, tmp_path / "all", part_rows=part_rows)

    assert (report.notes, report.problems) == ([], [])
    assert await other.user_service.ensure_user("ada/👩‍💻") == ada
    for caller in (Caller("admin"), Caller("user", ada.id)):
        threads = [await one.acting_as(caller).thread_service.ensure_thread("chat/1") for one in (keep, other)]
        assert threads[0] == threads[1]


async def test_an_external_id_that_another_has_is_left_to_them(
    keep: Threadkeep, other: Threadkeep, tmp_path: Path
) -> None:
    for one in (keep, other):
        await one.user_service.ensure_user("ada")
        await one.thread_service.ensure_thread("chat/1")
    await export(keep, tmp_path / "all.jsonl")
    before = await external_ids(other.runtime.documents)

    report = await import_file(other, tmp_path / "all.jsonl")

    assert (report.users, report.threads, report.problems) == (1, 1, [])
    assert [note.partition(": ")[2] for note in report.notes] == [
        f"its external id {name!r} is taken by another, so it has none" for name in ("ada", "chat/1")
    ]
    assert await external_ids(other.runtime.documents) == before
    assert len(await other.thread_service.find_threads(external_id="chat/1")) == 1
    assert len(await other.user_service.list_users(external_id="ada")) == 1


async def test_an_import_that_was_killed_before_it_took_an_external_id_takes_it_later(
    keep: Threadkeep, other: Threadkeep, tmp_path: Path
) -> None:
    user = await keep.user_service.ensure_user("ada")
    thread = await keep.thread_service.ensure_thread("chat/1")
    await export(keep, tmp_path / "all.jsonl")
    await import_file(other, tmp_path / "all.jsonl")
    await other.runtime.documents.external_ids.delete_many({})

    await import_file(other, tmp_path / "all.jsonl")

    assert (await other.user_service.get_user_by_external_id("ada")).id == user.id
    assert (await other.thread_service.get_thread_by_external_id("chat/1")).id == thread.id


@pytest.mark.parametrize("format_", FORMATS)
async def test_deleted_rows_are_not_exported(
    keep: Threadkeep, documents: Documents, write: Write, tmp_path: Path, format_: Format
) -> None:
    await import_file(keep, write(native_conversation("one"), native_conversation("two"), native_conversation("three")))
    await mark_deleted(documents, "thread_one")
    await keep.message_service.delete_message("message_two_2")
    await documents.users.find({"_id": "user_ada"}).update({"$set": {"deleted_at": now()}})

    report = await export(keep, tmp_path / "all", format=format_)

    assert (report.users, report.threads, report.messages) == (0, 2, 5)
