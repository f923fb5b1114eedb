"""Other users of the machine: no moment without authentication, no other database user, no file that they can read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from threadkeep.embedded import EmbeddedServer
from threadkeep.embedded import server as server_module
from threadkeep.embedded.port import Port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KNOWN_PASSWORD = "known-to-another"  # noqa: S105  a made-up password
ATTACKER = Path(__file__).with_name("local_attacker.py")


class KnownPort(Port):
    """A port that the attacker knows before the server listens on it."""

    announce: ClassVar[Callable[[int], None]]

    def __init__(self) -> None:
        super().__init__()
        KnownPort.announce(self.number)


class Attacker:
    """An attacker in a separate process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._input, self._output = process.stdin, process.stdout
        self.report()

    def attack(self, port: int) -> None:
        """Attack the port from now on."""
        print(port, file=self._input, flush=True)

    def report(self) -> str:
        """Return the result of the attack, as soon as a server has answered."""
        return self._output.readline().strip()


@pytest.fixture
def attacker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Attacker]:
    """Attacks each embedded server as soon as its port is chosen."""
    command = [sys.executable, str(ATTACKER)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        attacker = Attacker(process)
        monkeypatch.setattr(KnownPort, "announce", attacker.attack, raising=False)
        monkeypatch.setattr(server_module, "Port", KnownPort)
        yield attacker
        process.kill()


def start_under_attack(attacker: Attacker, folder: Path | str) -> None:
    """Make a first start under attack, and check that the attack left nothing in the database."""
    with EmbeddedServer(folder) as server, MongoClient[dict[str, Any]](server.url) as client:
        assert attacker.report().endswith(
            "command createUser requires authentication; command insert requires authentication"
        )
        assert [user["user"] for user in client.admin.command("usersInfo", 1)["users"]] == ["threadkeep"]
        assert "threadkeep" not in client.list_database_names()


@pytest.mark.slow
@pytest.mark.parametrize("folder", ["data", ":memory:"])
def test_an_attacker_cannot_add_a_database_user_at_the_first_start(
    attacker: Attacker, tmp_path: Path, folder: str
) -> None:
    start_under_attack(attacker, folder if folder == ":memory:" else tmp_path / folder)


@pytest.mark.chaos
def test_an_attacker_cannot_add_a_database_user_in_fifty_first_starts(attacker: Attacker, tmp_path: Path) -> None:
    for number in range(50):
        start_under_attack(attacker, tmp_path / str(number))


@pytest.mark.slow
def test_an_unknown_database_user_is_removed_and_named_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with EmbeddedServer(tmp_path / "data") as server, MongoClient[dict[str, Any]](server.url) as client:
        for database in (client.admin, client.other):
            database.command("createUser", "intruder", pwd=KNOWN_PASSWORD, roles=[{"role": "root", "db": "admin"}])
        own_url = server.url

    with EmbeddedServer(tmp_path / "data") as server:
        assert server.url.partition("@")[0] == own_url.partition("@")[0]
        intruder = server.url.replace(own_url.partition("@")[0], f"mongodb://intruder:{KNOWN_PASSWORD}")
        for source in ("admin", "other"):
            with MongoClient[dict[str, Any]](intruder, authSource=source) as client, pytest.raises(OperationFailure):
                client.test.notes.find_one()

    removed = [record.message for record in caplog.records if "removed the database user 'intruder'" in record.message]
    assert len(removed) == 2


@pytest.mark.slow
def test_the_rights_of_the_database_user_are_restored(tmp_path: Path) -> None:
    with EmbeddedServer(tmp_path / "data") as server, MongoClient[dict[str, Any]](server.url) as client:
        client.admin.command("updateUser", "threadkeep", pwd=KNOWN_PASSWORD, roles=[])

    with EmbeddedServer(tmp_path / "data") as server, MongoClient[dict[str, Any]](server.url) as client:
        assert client.test.notes.insert_one({}).acknowledged
