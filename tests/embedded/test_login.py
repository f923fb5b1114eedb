from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pymongo import MongoClient
from secantus.server import DEFAULT_CLIENT_IDLE_TIMEOUT_S

from threadkeep.embedded import EmbeddedServer
from threadkeep.embedded.folder import DataFolder
from threadkeep.errors import StartupError
from threadkeep.tests.embedded.conftest import NOTE

if TYPE_CHECKING:
    from threadkeep.tests.embedded.conftest import Connect, Running


def password_in(folder: Path) -> Path:
    return folder / "password"


def test_only_the_owner_can_read_the_password(finished_folder: Path) -> None:
    assert password_in(finished_folder).stat().st_mode & 0o777 == 0o600
    assert finished_folder.stat().st_mode & 0o777 == 0o700


def test_the_password_is_in_the_url_and_nowhere_else(running: Running) -> None:
    assert password_in(running.folder).read_text().strip() in running.server.url
    assert "password" not in repr(running.server)


def test_idle_connections_are_given_up_before_the_server_closes_them(running: Running) -> None:
    with MongoClient[Any](running.server.url) as client:
        most = client.options.pool_options.max_idle_time_seconds
        assert most is not None
        assert most < DEFAULT_CLIENT_IDLE_TIMEOUT_S / 2  # a connection that was idle that long may wait as long again


@pytest.mark.slow
def test_a_password_that_others_could_read_is_closed_to_them(folder: Path) -> None:
    password_in(folder).chmod(0o644)

    with EmbeddedServer(folder):
        assert password_in(folder).stat().st_mode & 0o777 == 0o600


@pytest.mark.slow
def test_a_first_start_that_was_cut_short_is_done_again(
    new_folder: Path, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(_folder: DataFolder, _password: str) -> None:
        raise OSError("killed before the password was stored")

    with monkeypatch.context() as patch:
        patch.setattr(DataFolder, "write_password", die)
        with pytest.raises(StartupError, match="killed before"):
            EmbeddedServer(new_folder).open()

    with EmbeddedServer(new_folder) as server, connect(server.url) as client:
        assert client.admin.command("ping")["ok"]


@pytest.mark.slow
def test_a_lost_password_is_replaced_and_the_data_stay(folder: Path, connect: Connect) -> None:
    lost = password_in(folder).read_text()
    password_in(folder).unlink()

    with EmbeddedServer(folder) as server, connect(server.url) as client:
        assert password_in(folder).read_text() != lost
        assert client.test.notes.find_one() == NOTE


@pytest.mark.slow
def test_the_password_in_the_file_counts(folder: Path, connect: Connect) -> None:
    """Who may write the folder may read all data anyway. So a folder that came back from a backup works."""
    password_in(folder).write_text("of an earlier day\n".replace(" ", "-"))

    with EmbeddedServer(folder) as server, connect(server.url) as client:
        assert "of-an-earlier-day" in server.url
        assert client.test.notes.find_one() == NOTE


def test_no_process_shows_the_password(running: Running) -> None:
    password = password_in(running.folder).read_text().strip().encode()
    process = Path(f"/proc/{running.server.pid}")
    if not process.exists():
        pytest.skip("processes are shown in another way here")

    assert password not in (process / "cmdline").read_bytes()
    assert password not in (process / "environ").read_bytes()
