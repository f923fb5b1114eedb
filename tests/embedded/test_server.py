from __future__ import annotations

import asyncio
import os
import socket
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from threadkeep.embedded import EmbeddedServer, process
from threadkeep.embedded.folder import DataFolder
from threadkeep.errors import StartupError
from threadkeep.tests.embedded.conftest import NOTE

if TYPE_CHECKING:
    from threadkeep.tests.embedded.conftest import Connect, Eventually, Running


def is_alive(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


def test_the_server_requires_the_password(running: Running, connect: Connect) -> None:
    without_password = f"mongodb://{running.server.url.partition('@')[2]}"
    with connect(running.server.url) as client, connect(without_password) as unauthenticated:
        assert client.test.notes.find_one() == NOTE

        with pytest.raises(OperationFailure, match="requires authentication"):
            unauthenticated.test.notes.find_one()


def test_data_and_password_are_kept_by_a_restart(finished_folder: Path, running: Running, connect: Connect) -> None:
    """The running server was started on a copy of the data folder of another server."""
    assert (finished_folder / "password").read_text().strip() in running.server.url
    with connect(running.server.url) as client:
        assert client.test.notes.find_one() == NOTE


@pytest.mark.slow
async def test_a_closed_server_has_no_process_and_no_port(folder: Path) -> None:
    async with EmbeddedServer.start(folder) as server:
        pid = server.pid
        assert pid is not None
        assert is_alive(pid)

    assert not is_alive(pid)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2].partition("/")[0])))


@pytest.mark.slow
def test_close_does_not_wait_for_connected_clients(folder: Path) -> None:
    server = EmbeddedServer(folder)
    server.open()
    pid = server.pid
    assert pid is not None
    with MongoClient[dict[str, Any]](server.url, serverSelectionTimeoutMS=100) as client:
        client.admin.command("ping")
        closing = threading.Thread(target=server.close)
        closing.start()
        closing.join(process.STOP_SECONDS / 2)

        assert not is_alive(pid)


def test_the_server_supports_transactions_and_change_streams(running: Running, connect: Connect) -> None:
    with connect(running.server.url) as client, client.watched.watch() as changes:
        with client.start_session() as session, session.start_transaction():
            client.watched.notes.insert_one({"_id": "within"}, session=session)

        assert next(changes)["documentKey"] == {"_id": "within"}


@pytest.mark.slow
def test_a_server_in_memory_starts_empty_and_removes_its_folder(
    new_folder: Path, running: Running, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(new_folder))
    with EmbeddedServer(":memory:") as server, connect(server.url) as client:
        assert client.test.notes.find_one() is None
        assert client.test.notes.insert_one({"a": 1}).acknowledged
        assert len(list(new_folder.iterdir())) == 1
        with connect(running.server.url) as other:
            assert other.test.notes.find_one() == NOTE

    assert list(new_folder.iterdir()) == []


def test_fail_points_need_test_commands(running: Running, connect: Connect) -> None:
    """With test commands, the tests of faults and slow queries use fail points."""
    with connect(running.server.url) as client, pytest.raises(OperationFailure):
        client.admin.command("configureFailPoint", "failCommand", mode="off")


@pytest.mark.slow
async def test_a_cancelled_start_releases_the_data_folder(new_folder: Path, eventually: Eventually) -> None:
    async def run() -> None:
        async with EmbeddedServer.start(new_folder):
            pytest.fail("it was cancelled before")

    starting = asyncio.create_task(run())
    await asyncio.to_thread(eventually, (new_folder / "database" / "WiredTiger").exists)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting

    again = DataFolder(new_folder)
    again.claim(0, threading.Event())
    again.release()


def test_a_start_without_the_extra_names_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch, new_folder: Path
) -> None:
    monkeypatch.setitem(sys.modules, "secantus", None)  # as if it were not installed

    with pytest.raises(StartupError) as refused:
        EmbeddedServer(new_folder).open()

    assert "pip install 'threadkeep[embedded]'" in str(refused.value)
    assert "THREADKEEP_MONGODB_URL" in str(refused.value)
    assert not new_folder.exists()


@pytest.mark.slow
def test_the_error_of_a_failed_start_contains_the_message_of_the_server(folder: Path) -> None:
    with pytest.raises(StartupError, match=r"ended with status 74: .*'cache_size'") as refused:
        EmbeddedServer(folder, cache_size="plenty").open()

    assert "\n" not in str(refused.value)


@pytest.mark.slow
def test_settings_of_other_servers_on_the_machine_are_ignored(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = folder.parent / "home"
    (home / ".secantus").mkdir(parents=True)
    (home / ".secantus" / "secantusd.toml").write_text("this is not TOML")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("SECANTUS_TEST_FAST_STORAGE", "1")

    with EmbeddedServer(folder) as server:
        environment = Path(f"/proc/{server.pid}/environ")
        assert not environment.exists() or b"SECANTUS_" not in environment.read_bytes()
