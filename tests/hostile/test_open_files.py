from __future__ import annotations

import resource
import socket
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from threadkeep.tests.service_process import service

if TYPE_CHECKING:
    from pathlib import Path

OPEN_FILES = 160


@pytest.mark.slow
def test_more_connections_than_open_files_leave_the_service_working(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with service(tmp_path) as running, ExitStack() as flood:
        resource.prlimit(running.process.pid, resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
        running.wait_until_ready()
        address = running.url.partition("//")[2].split(":")
        for _ in range(OPEN_FILES + 100):
            flood.enter_context(socket.create_connection((address[0], int(address[1])), timeout=5))

        assert "limit=160 wanted=1148 max_client_connections=84 max_connections=28" in running.log.read_text()
        flood.close()
        assert running.get("/readyz").status_code == 200
        assert "Too many open files" not in running.log.read_text()
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (soft, hard)
