"""Imports through the API: an application lets its users bring their history."""

from __future__ import annotations

import io
import json
import time
import zipfile
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from threadkeep.client import AsyncClient, Client
from threadkeep.errors import Forbidden, ImportNotFound, InvalidInput, TooLarge, UserNotFound
from threadkeep.tests.live_server import run_live_server
from threadkeep.tests.transfer.conversations import native_conversation
from threadkeep.tests.transfer.importer.formats.chatgpt_export import line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pymongo import MongoClient

    from threadkeep.records import ImportRecord
    from threadkeep.tests.live_server import LiveServer

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def server(mongo: MongoClient[dict[str, Any]], mongo_url: str) -> Iterator[LiveServer]:
    """A service that takes files of up to 1 MiB."""
    with run_live_server(mongo, mongo_url, max_import_bytes=MIB, max_imports=2) as server:
        yield server


@pytest.fixture
def admin(server: LiveServer) -> Iterator[Client]:
    server.empty()
    with Client(server.url, server.admin_key) as client:
        yield client


def user_client(admin: Client, server: LiveServer, user_id: str) -> Client:
    return Client(server.url, admin.key_service.create_key("user", user_id=user_id).plain_key)


def ended(client: Client, job: ImportRecord) -> ImportRecord:
    """The import when it has ended."""
    while not (found := client.import_service.get_import(job.id)).is_finished:
        time.sleep(0.02)
    return found


def native_file() -> bytes:
    """A file that names another owner, other users, and ids of the caller's choice."""
    user = {"object": "user", "id": "user_eve", "email": "eve@example.org", "created_at": 1}
    thread = native_conversation(
        "x", owner_id="user_bob", participant_ids=["user_bob", "user_eve"], external_id="chat/1"
    )
    return b"\n".join(json.dumps(one).encode() for one in (user, thread))


def zipped(*members: tuple[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members:
            packed.writestr(name, content)
    return file.getvalue()


def test_a_user_brings_a_history_which_becomes_the_users_own(admin: Client, server: LiveServer, tmp_path: Path) -> None:
    ada, bob = admin.user_service.create_user(), admin.user_service.create_user()
    taken = admin.thread_service.create_thread(participant_ids=[bob.id], owner_id=bob.id)
    chats = [line(("user", "When?"), ("assistant", "At two.")), line(("user", "Hi"), conversation_id=taken.id)]
    path = tmp_path / "export.zip"
    path.write_bytes(zipped(("conversations.json", json.dumps(chats).encode()), ("chat.html", b"<html>")))
    with user_client(admin, server, ada.id) as client, user_client(admin, server, bob.id) as other:
        accepted = client.import_service.create_import(path)
        done = ended(client, accepted)
        again = ended(client, client.import_service.create_import(path.read_bytes()))
        native = ended(client, client.import_service.create_import(native_file()))
        threads = client.thread_service.find_threads()
        listed = client.import_service.list_imports(2)
        following = client.import_service.list_imports(2, after=listed.next_cursor)
        of_bob = ended(other, other.import_service.create_import(path))
        with pytest.raises(ImportNotFound):
            other.import_service.get_import(done.id)
        with pytest.raises(ImportNotFound):
            other.import_service.delete_import(done.id)
        with pytest.raises(Forbidden):
            client.import_service.create_import(b"x", owner_id=bob.id)
        kept = other.message_service.list_messages(taken.id)
        client.import_service.delete_import(done.id)

    assert (accepted.state, accepted.size, done.state, done.error) == ("waiting", path.stat().st_size, "done", None)
    assert (done.report["threads"], done.report["messages"], done.report["formats"]) == (2, 3, ["chatgpt"])
    assert done.done == done.total > 0
    assert (again.report["threads"], again.report["threads_present"]) == (0, 2)
    assert (native.state, native.report["threads"], native.report["users"]) == ("done", 1, 0)
    assert {(thread.owner_id, *thread.participant_ids) for thread in threads} == {(ada.id, ada.id)}
    assert {thread.meta_data["source_id"] for thread in threads} >= {taken.id, "thread_x"}
    assert all(thread.external_id is None for thread in threads)
    assert [one.id for one in listed] + [one.id for one in following] == [native.id, again.id, done.id]
    assert of_bob.report["threads"] == 2
    assert kept == []
    assert {one.id for one in admin.import_service.list_imports()} == {again.id, native.id, of_bob.id}
    assert server.database["import_chunks"].count_documents({}) == 0
    assert {entry.object_id for entry in admin.audit_service.list_entries() if entry.action == "data.imported"} == {
        done.id,
        again.id,
        native.id,
        of_bob.id,
    }
    with pytest.raises(UserNotFound):
        admin.user_service.get_user("user_eve")


def test_places_name_the_members_of_a_zip_file_and_nothing_of_the_server(admin: Client) -> None:
    chats = json.dumps([line(("user", "Hi")), {"mapping": 1}]).encode()

    done = ended(admin, admin.import_service.create_import(zipped(("a/chats.json", chats), ("more.json", chats))))
    damaged = ended(admin, admin.import_service.create_import(zipped(("chats.json", chats))[:-9]))

    assert [one["location"] for one in done.report["problems"]] == [
        "a/chats.json, line 1, [1]",
        "more.json, line 1, [1]",
    ]
    assert damaged.error is not None
    assert damaged.error.startswith("file: it cannot be read as a zip file: ")


def test_a_service_names_owners_and_creates_no_users(admin: Client, server: LiveServer) -> None:
    ada = admin.user_service.create_user()
    with Client(server.url, admin.key_service.create_key("service").plain_key) as service:
        named = ended(
            service, service.import_service.create_import(json.dumps([line(("user", "Hi"))]).encode(), owner_id=ada.id)
        )
        unknown = ended(service, service.import_service.create_import(native_file()))
        with pytest.raises(UserNotFound):
            service.import_service.create_import(b"x", owner_id="user_none")
        with pytest.raises(InvalidInput, match="branches"):
            service.import_service.create_import(b"x", branches="some")  # type: ignore[arg-type]
    trusted = ended(admin, admin.import_service.create_import(native_file(), dry_run=True))

    assert named.report["threads"] == 1
    assert [thread.owner_id for thread in admin.thread_service.find_threads()] == [ada.id]
    assert (unknown.state, unknown.error) == (
        "failed",
        "line 2, thread: participant_ids: no such user: user_ada, user_bob, user_eve",
    )
    assert (trusted.report["threads"], trusted.report["users"] > 0, trusted.options["dry_run"]) == (1, True, True)
    with user_client(admin, server, ada.id) as client, pytest.raises(ImportNotFound):
        client.import_service.get_import(named.id)


def test_a_file_that_cannot_be_read_fails_with_the_reason(admin: Client, server: LiveServer) -> None:
    files = [b'[{"nonsense": 1}]', b"\x00\x01"]

    errors = [ended(admin, admin.import_service.create_import(file)).error for file in files]

    assert "its format is not known" in str(errors[0])
    assert errors[1] is not None
    with pytest.raises(InvalidInput, match="is empty"):
        admin.import_service.create_import(b"")
    with pytest.raises(TooLarge, match="1,048,576 bytes"):
        admin.import_service.create_import(b"x" * (MIB + 1))
    with pytest.raises(InvalidInput, match="cannot be read"):
        admin.import_service.create_import("/no/such/file")
    assert server.database["import_jobs"].count_documents({"state": "receiving"}) == 0
    assert server.database["import_chunks"].count_documents({}) == 0


def test_a_request_that_is_sent_again_imports_once(admin: Client, server: LiveServer) -> None:
    file = json.dumps([line(("user", "Hi"))]).encode()
    headers = {"Authorization": f"Bearer {server.admin_key}", "Idempotency-Key": "one"}

    first = httpx2.post(f"{server.url}/v1/imports", content=file, headers=headers, timeout=30)
    again = httpx2.post(f"{server.url}/v1/imports", content=iter([file[:9], file[9:]]), headers=headers, timeout=30)
    other = httpx2.post(f"{server.url}/v1/imports", content=b"[]", headers=headers, timeout=30)

    assert (first.status_code, again.status_code, other.status_code) == (202, 202, 409)
    assert first.json()["id"] == again.json()["id"]
    assert again.headers["idempotent-replayed"] == "true"
    assert other.json()["error"] == "IdempotencyMismatch"
    assert len(admin.import_service.list_imports()) == 1


async def test_the_async_client_sends_files_too(admin: Client, server: LiveServer, tmp_path: Path) -> None:
    path = tmp_path / "chats.json"
    path.write_text(json.dumps([line(("user", "Hi"))]))
    async with AsyncClient(server.url, server.admin_key) as client:
        job = await client.import_service.create_import(path, at=None, dry_run=True)
        found = await client.import_service.get_import(job.id)
        await client.import_service.delete_import(job.id)

    assert (found.size, found.options["dry_run"]) == (path.stat().st_size, True)
    assert admin.import_service.list_imports() == []
