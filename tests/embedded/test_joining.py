from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from threadkeep.embedded import EmbeddedServer
from threadkeep.embedded.folder import DataFolder

if TYPE_CHECKING:
    from pathlib import Path

    from threadkeep.tests.embedded.conftest import Connect, Running


def test_a_running_server_is_found_by_its_folder(running: Running, connect: Connect) -> None:
    found = EmbeddedServer.running_at(running.folder)

    assert found == running.server.url
    with connect(found) as client:
        assert client.admin.command("listDatabases")["ok"]


def test_a_server_that_has_ended_is_not_found(finished_folder: Path) -> None:
    assert EmbeddedServer.running_at(finished_folder) is None


@pytest.mark.slow
def test_a_server_that_is_still_starting_is_not_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[str | None] = []
    monkeypatch.setattr(DataFolder, "write_port", lambda *_: found.append(EmbeddedServer.running_at(folder)))

    with EmbeddedServer(folder):
        pass

    assert found == [None]


@pytest.mark.parametrize("path", ["nowhere", "file/below"])
def test_nothing_is_found_where_there_is_no_folder(new_folder: Path, path: str) -> None:
    new_folder.mkdir()
    (new_folder / "file").touch()

    assert EmbeddedServer.running_at(new_folder / path) is None
    assert not (new_folder / "nowhere").exists()


def test_a_server_in_memory_is_nobody_elses() -> None:
    assert EmbeddedServer.running_at(":memory:") is None


def test_asking_leaves_the_folder_free(folder: Path) -> None:
    EmbeddedServer.running_at(folder)

    asked = DataFolder(folder)
    asked.claim(0, threading.Event())
    asked.release()


def test_where_the_server_answers_is_for_its_owner_only(running: Running) -> None:
    assert (running.folder / "lock").stat().st_mode & 0o777 == 0o600
