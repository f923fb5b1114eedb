from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pymongo import MongoClient

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


def test_the_password_is_in_the_url_and_not_in_the_repr(running: Running) -> None:
    assert password_in(running.folder).read_text().strip() in running.server.url
    assert "password" not in repr(running.server)


def test_the_client_closes_idle_connections_before_the_server_does(running: Running) -> None:
    idle_seconds = import_module("secantus.server").DEFAULT_CLIENT_IDLE_TIMEOUT_S
    with MongoClient[Any](running.server.url) as client:
        most = client.options.pool_options.max_idle_time_seconds
        assert most is not None
        assert most < idle_seconds / 2  # the idle time of a connection can reach twice this value


@pytest.mark.slow
def test_a_password_file_that_others_can_read_gets_the_rights_of_its_owner_only(folder: Path) -> None:
    password_in(folder).chmod(0o644)

    with EmbeddedServer(folder):
        assert password_in(folder).stat().st_mode & 0o777 == 0o600


@pytest.mark.slow
def test_an_interrupted_first_start_is_repeated(
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
def test_a_lost_password_is_replaced_and_the_data_is_kept(folder: Path, connect: Connect) -> None:
    old_password = password_in(folder).read_text()
    password_in(folder).unlink()

    with EmbeddedServer(folder) as server, connect(server.url) as client:
        assert password_in(folder).read_text() != old_password
        assert client.test.notes.find_one() == NOTE


@pytest.mark.slow
def test_the_password_in_the_file_is_set_on_the_server(folder: Path, connect: Connect) -> None:
    """A data folder from a backup works. A user who may write the folder may read all data anyway."""
    password_in(folder).write_text("of an earlier day\n".replace(" ", "-"))

    with EmbeddedServer(folder) as server, connect(server.url) as client:
        assert "of-an-earlier-day" in server.url
        assert client.test.notes.find_one() == NOTE


def test_no_process_shows_the_password(running: Running) -> None:
    password = password_in(running.folder).read_text().strip().encode()
    process = Path(f"/proc/{running.server.pid}")
    if not process.exists():
        pytest.skip("this machine has no /proc")

    assert password not in (process / "cmdline").read_bytes()
    assert password not in (process / "environ").read_bytes()
