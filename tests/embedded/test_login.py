from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from threadkeep.embedded import EmbeddedServer
from threadkeep.embedded.folder import DataFolder
from threadkeep.errors import StartupError

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Connect


def password_in(folder: Path) -> Path:
    return folder / "password"


def test_only_the_owner_can_read_the_password(new_folder: Path) -> None:
    with EmbeddedServer(new_folder) as server:
        assert password_in(new_folder).stat().st_mode & 0o777 == 0o600
        assert new_folder.stat().st_mode & 0o777 == 0o700
        assert password_in(new_folder).read_text().strip() in server.url
        assert "password" not in repr(server)

    password_in(new_folder).chmod(0o644)
    with EmbeddedServer(new_folder):
        assert password_in(new_folder).stat().st_mode & 0o777 == 0o600


def test_a_first_start_that_was_cut_short_is_done_again(
    new_folder: Path, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(_folder: DataFolder, _password: str) -> None:
        raise OSError("killed before the password was stored")

    with monkeypatch.context() as patch:
        patch.setattr(DataFolder, "keep_password", die)
        with pytest.raises(StartupError, match="killed before"):
            EmbeddedServer(new_folder).open()

    with EmbeddedServer(new_folder) as server, connect(server.url) as client:
        assert client.admin.command("ping")["ok"]


def test_a_lost_password_is_replaced_and_the_data_stay(folder: Path, connect: Connect) -> None:
    with EmbeddedServer(folder) as server, connect(server.url) as client:
        client.test.notes.insert_one({"_id": "kept"})
        lost = password_in(folder).read_text()
    password_in(folder).unlink()

    with EmbeddedServer(folder) as server, connect(server.url) as client:
        assert password_in(folder).read_text() != lost
        assert client.test.notes.find_one() == {"_id": "kept"}


def test_a_wrong_password_is_said_with_its_file(folder: Path) -> None:
    with EmbeddedServer(folder):
        pass
    password_in(folder).write_text("of another folder\n".replace(" ", "-"))

    with pytest.raises(StartupError, match=f"The password in {password_in(folder)} is not"):
        EmbeddedServer(folder).open()
