from __future__ import annotations

import asyncio
import os
import socket
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

if TYPE_CHECKING:
    from .conftest import Connect, Eventually


def is_alive(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


async def test_it_answers_with_the_password_and_refuses_without(new_folder: Path, connect: Connect) -> None:
    async with EmbeddedServer.start(new_folder) as server:
        without_password = f"mongodb://{server.url.partition('@')[2]}"
        with connect(server.url) as client, connect(without_password) as stranger:
            assert client.test.notes.insert_one({"a": 1}).acknowledged

            with pytest.raises(OperationFailure, match="requires authentication"):
                stranger.test.notes.find_one()


async def test_data_and_password_survive_a_restart(folder: Path, connect: Connect) -> None:
    async with EmbeddedServer.start(folder) as server:
        with connect(server.url) as client:
            client.test.notes.insert_one({"_id": "kept"})
        login = server.url.rpartition("@")[0]
    async with EmbeddedServer.start(folder) as server:
        assert server.url.rpartition("@")[0] == login
        with connect(server.url) as client:
            assert client.test.notes.find_one() == {"_id": "kept"}


async def test_closing_leaves_no_process_and_no_port(folder: Path) -> None:
    async with EmbeddedServer.start(folder) as server:
        pid = server.pid
        assert pid is not None
        assert is_alive(pid)

    assert not is_alive(pid)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2].partition("/")[0])))


def test_closing_does_not_wait_for_clients_that_are_still_connected(folder: Path) -> None:
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


def test_it_works_without_an_event_loop(folder: Path, connect: Connect) -> None:
    with EmbeddedServer(folder) as server, connect(server.url) as client:
        assert client.admin.command("ping")["ok"]


def test_two_servers_run_side_by_side(folder: Path, connect: Connect) -> None:
    with (
        EmbeddedServer(folder) as one,
        EmbeddedServer(":memory:") as other,
        connect(one.url) as client,
        connect(other.url) as other_client,
    ):
        client.test.notes.insert_one({"_id": "here"})

        assert other_client.test.notes.find_one() is None


def test_the_url_carries_transactions_and_change_streams(folder: Path, connect: Connect) -> None:
    with EmbeddedServer(folder) as server, connect(server.url) as client:
        client.test.notes.insert_one({"_id": "before"})

        with client.test.watch() as changes:
            with client.start_session() as session, session.start_transaction():
                client.test.notes.insert_one({"_id": "within"}, session=session)

            assert next(changes)["documentKey"] == {"_id": "within"}


def test_in_memory_it_leaves_no_folder(new_folder: Path, connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    new_folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(new_folder))
    with EmbeddedServer(":memory:") as server, connect(server.url) as client:
        assert client.test.notes.insert_one({"a": 1}).acknowledged
        assert len(list(new_folder.iterdir())) == 1

    assert list(new_folder.iterdir()) == []


@pytest.mark.parametrize("allowed", [True, False])
def test_fail_points_need_test_commands(connect: Connect, *, allowed: bool) -> None:
    with EmbeddedServer(":memory:", test_commands=allowed) as server, connect(server.url) as client:
        try:
            client.admin.command("configureFailPoint", "failCommand", mode="off")
        except OperationFailure:
            assert not allowed
        else:
            assert allowed


async def test_a_cancelled_start_leaves_the_folder_free(new_folder: Path, eventually: Eventually) -> None:
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


def test_without_the_extra_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, new_folder: Path) -> None:
    monkeypatch.setattr(process, "SERVER", "secantus_that_nobody_installed")

    with pytest.raises(StartupError) as refused:
        EmbeddedServer(new_folder).open()

    assert "pip install 'threadkeep[embedded]'" in str(refused.value)
    assert "THREADKEEP_MONGODB_URL" in str(refused.value)
    assert not new_folder.exists()


def test_what_the_server_says_when_it_cannot_start_is_in_the_error(folder: Path) -> None:
    with pytest.raises(StartupError, match=r"ended with status 1: .*'cache_size'") as refused:
        EmbeddedServer(folder, cache_size="plenty").open()

    assert "\n" not in str(refused.value)


def test_settings_for_other_servers_on_the_machine_are_not_taken_up(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = folder.parent / "home"
    (home / ".secantus").mkdir(parents=True)
    (home / ".secantus" / "secantusd.toml").write_text("this is not TOML")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("SECANTUS_TEST_FAST_STORAGE", "1")

    with EmbeddedServer(folder) as server:
        environment = Path(f"/proc/{server.pid}/environ")
        assert not environment.exists() or b"SECANTUS_" not in environment.read_bytes()
