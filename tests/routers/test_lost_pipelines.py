"""A client that leaves while its requests wait in the pipeline is no error of the service."""

from __future__ import annotations

import socket
import struct
import time
from typing import TYPE_CHECKING

from threadkeep.tests.raw_http import connected

if TYPE_CHECKING:
    import pytest

    from threadkeep.tests.live_server import LiveServer
    from threadkeep.tests.routers.callers import Person


def test_lost_requests_in_a_pipeline_are_not_logged_as_errors(
    served: LiveServer, ada: Person, caplog: pytest.LogCaptureFixture
) -> None:
    thread_id = ada.new_thread()["id"]
    head = f"POST /v1/threads/{thread_id}/messages HTTP/1.1\r\nhost: t\r\nauthorization: Bearer {ada.key}\r\n"
    request = f'{head}content-length: 16\r\n\r\n{{"content": "a"}}'.encode()
    for _ in range(20):
        with connected(served.url) as connection:
            connection.sendall(request * 2)
            time.sleep(0.002)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closing resets it
    time.sleep(0.2)

    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []
