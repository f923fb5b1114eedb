from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from threadkeep.embedded import EmbeddedServer
from threadkeep.embedded.folder import DataFolder

if TYPE_CHECKING:
    from pathlib import Path

    from threadkeep.tests.embedded.conftest import Connect, Running


def test_a_running_server_is_found_by_its_data_folder(running: Running, connect: Connect) -> None:
    found = EmbeddedServer.running_at(running.folder)

    assert found == running.server.url
    with connect(found) as client:
        assert client.admin.command("listDatabases")["ok"]


def test_an_ended_server_is_not_found(finished_folder: Path) -> None:
    assert EmbeddedServer.running_at(finished_folder) is None


@pytest.mark.slow
def test_a_starting_server_is_not_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[str | None] = []
    monkeypatch.setattr(DataFolder, "write_port", lambda *_: found.append(EmbeddedServer.running_at(folder)))

    with EmbeddedServer(folder):
        pass

    assert found == [None]


@pytest.mark.parametrize("path", ["nowhere", "file/below"])
def test_no_server_is_found_without_a_data_folder(new_folder: Path, path: str) -> None:
    new_folder.mkdir()
    (new_folder / "file").touch()

    assert EmbeddedServer.running_at(new_folder / path) is None
    assert not (new_folder / "nowhere").exists()


def test_a_server_in_memory_is_not_found() -> None:
    assert EmbeddedServer.running_at(":memory:") is None


def test_running_at_does_not_claim_the_data_folder(folder: Path) -> None:
    EmbeddedServer.running_at(folder)

    data_folder = DataFolder(folder)
    data_folder.claim(0, threading.Event())
    data_folder.release()


def test_only_the_owner_can_read_the_file_with_the_port(running: Running) -> None:
    assert (running.folder / "lock").stat().st_mode & 0o777 == 0o600
