from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from threadkeep.embedded import EmbeddedServer
from threadkeep.errors import StartupError
from threadkeep.tests.embedded.conftest import NOTE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from threadkeep.tests.embedded.conftest import Connect, Eventually, Running

PARENT = """
import sys, time
from threadkeep.embedded import EmbeddedServer
server = EmbeddedServer(sys.argv[1])
server.open()
print(server.pid, server.url, flush=True)
time.sleep(float(sys.argv[2]))
"""


@contextmanager
def parent(path: Path | str, *, seconds: float = 60, temporary: Path | None = None) -> Iterator[Parent]:
    environment = os.environ | ({"TMPDIR": str(temporary)} if temporary else {})
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(path), str(seconds)],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        try:
            yield Parent(process)
        finally:
            process.kill()


class Parent:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        pid, self.url = process.stdout.readline().split()
        self.process = process
        self.server_pid = int(pid)

    def server_state(self) -> str:
        ps = ["ps", "-o", "stat=", "-p", str(self.server_pid)]
        return subprocess.run(ps, capture_output=True, check=False, text=True).stdout.strip()[:1]

    def server_has_ended(self) -> bool:
        return self.server_state() in {"", "Z"}  # nothing collects the exit status of a zombie here


@pytest.mark.slow
def test_the_server_ends_when_its_parent_is_killed(folder: Path, connect: Connect, eventually: Eventually) -> None:
    with parent(folder) as owner:
        with connect(owner.url) as client:
            client.test.writes.insert_one(NOTE)
        owner.process.kill()

        eventually(owner.server_has_ended)
    with EmbeddedServer(folder) as server, connect(server.url) as client:
        assert client.test.writes.find_one() == NOTE


@pytest.mark.slow
def test_the_folder_of_a_server_in_memory_is_removed_when_its_parent_is_killed(
    new_folder: Path, eventually: Eventually
) -> None:
    new_folder.mkdir()
    with parent(":memory:", temporary=new_folder) as owner:
        assert len(list(new_folder.iterdir())) == 1
        owner.process.kill()

        eventually(owner.server_has_ended)
    assert list(new_folder.iterdir()) == []


@pytest.mark.slow
def test_the_server_ends_when_its_parent_ends_without_closing_it(folder: Path, eventually: Eventually) -> None:
    with parent(folder, seconds=0) as owner:
        eventually(owner.server_has_ended)


@pytest.mark.slow
def test_a_server_that_outlives_its_parent_keeps_the_lock_of_its_data_folder(
    folder: Path, eventually: Eventually
) -> None:
    with parent(folder) as owner:
        os.kill(owner.server_pid, signal.SIGSTOP)
        eventually(lambda: owner.server_state() == "T")
        owner.process.kill()
        owner.process.wait()
        try:
            with pytest.raises(StartupError, match=str(folder)):
                EmbeddedServer(folder, lock_seconds=0.2).open()
        finally:
            os.kill(owner.server_pid, signal.SIGCONT)
        eventually(owner.server_has_ended)


def test_the_server_runs_in_its_own_session(running: Running) -> None:
    pid = running.server.pid

    assert pid is not None
    assert os.getsid(pid) == pid


@pytest.mark.slow
def test_a_killed_server_restarts_on_the_same_port_with_every_acknowledged_write(
    folder: Path, connect: Connect, eventually: Eventually
) -> None:
    with EmbeddedServer(folder) as server, connect(server.url) as client:
        url, pid, notes = server.url, server.pid, client.test.notes
        assert pid is not None
        acknowledged = [notes.insert_one({"number": number}).inserted_id for number in range(100)]
        os.kill(pid, signal.SIGKILL)

        eventually(lambda: server.pid != pid and server.error is None)
        assert server.url == url
        assert [note["_id"] for note in notes.find({"number": {"$gte": 0}}).sort("number")] == acknowledged


@pytest.mark.slow
def test_a_failed_restart_is_repeated_until_it_succeeds(folder: Path, connect: Connect, eventually: Eventually) -> None:
    with EmbeddedServer(folder) as server:
        assert server.pid is not None
        config = folder / "server.toml"
        config.rename(folder / "away")
        os.kill(server.pid, signal.SIGKILL)
        eventually(lambda: "config file not found" in str(server.error))
        (folder / "away").rename(config)

        eventually(lambda: server.error is None)
        with connect(server.url) as client:
            assert client.admin.command("ping")["ok"]


@pytest.mark.slow
def test_a_server_whose_restart_fails_can_be_closed(folder: Path, eventually: Eventually) -> None:
    with EmbeddedServer(folder) as server:
        assert server.pid is not None
        (folder / "server.toml").unlink()
        os.kill(server.pid, signal.SIGKILL)
        eventually(lambda: "config file not found" in str(server.error))

    with EmbeddedServer(folder, lock_seconds=0):
        pass


@pytest.mark.slow
def test_a_killed_server_in_memory_is_not_restarted_and_reports_an_error(eventually: Eventually) -> None:
    with EmbeddedServer(":memory:") as server:
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)

        eventually(lambda: server.error is not None)
        assert "SIGKILL" in str(server.error)
