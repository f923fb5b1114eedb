from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from threadkeep.embedded import EmbeddedServer
from threadkeep.embedded.folder import DataFolder
from threadkeep.embedded.port import Port
from threadkeep.errors import StartupError

if TYPE_CHECKING:
    from pathlib import Path

    from threadkeep.tests.embedded.conftest import Eventually, Running

NEVER = threading.Event()


@pytest.mark.slow
def test_a_data_folder_in_use_is_refused_with_its_path(running: Running) -> None:
    with pytest.raises(StartupError) as refused:
        EmbeddedServer(running.folder, lock_seconds=0.1).open()

    assert f"{running.folder} is in use by another Threadkeep (process {os.getpid()})" in str(refused.value)


def test_a_claim_waits_until_the_data_folder_is_released(new_folder: Path) -> None:
    owner, next_owner = DataFolder(new_folder), DataFolder(new_folder)
    owner.claim(0, NEVER)
    started = time.monotonic()
    threading.Timer(0.3, owner.release).start()

    next_owner.claim(5, NEVER)

    assert time.monotonic() - started >= 0.3
    next_owner.release()


@pytest.mark.slow
def test_a_data_folder_of_another_running_server_is_refused(new_folder: Path, eventually: Eventually) -> None:
    port = Port()
    command = [sys.executable, "-m", "secantus", "--port", str(port.number)]
    foreign = subprocess.Popen([*command, "--storage-path", str(new_folder / "database")], stderr=subprocess.DEVNULL)
    try:
        eventually(port.answers)
        with pytest.raises(StartupError, match=f"{new_folder} is in use by another server"):
            EmbeddedServer(new_folder).open()
    finally:
        foreign.kill()
        foreign.wait()
        port.release()


def test_a_file_as_data_folder_is_refused_with_its_path(new_folder: Path) -> None:
    new_folder.write_text("a file")

    with pytest.raises(StartupError, match=f"Data folder {new_folder} cannot be used: File exists"):
        EmbeddedServer(new_folder).open()
