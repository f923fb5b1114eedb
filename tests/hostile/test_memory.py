from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from threadkeep.tests.service_process import service

if TYPE_CHECKING:
    from threadkeep.tests.service_process import Service

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux reports the peak of memory"),
]
KEY = f"tk_{'a' * 40}"
CONNECTIONS, LARGE, MOST_BODIES = 200, 15 * 2**20, 64 * 2**20
BODY = b'{"content": "' + b"x" * (LARGE - 14) + b'"}'
HEAD = (
    b"POST /v1/threads HTTP/1.1\r\nhost: test\r\nconnection: close\r\ncontent-type: application/json\r\n"
    b"authorization: Bearer %b\r\ncontent-length: %d\r\n\r\n" % (KEY.encode(), len(BODY))
)


def peak_memory(running: Service) -> int:
    """Return the peak of memory of the process in bytes."""
    lines = Path(f"/proc/{running.process.pid}/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


async def status_of_large_request(port: int) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(HEAD)
    for start in range(0, len(BODY), 2**20):
        writer.write(BODY[start : start + 2**20])
        await writer.drain()
    answer = await reader.read()
    writer.close()
    return int(answer.split()[1])


async def test_large_bodies_of_many_clients_stay_within_max_bodies_bytes(tmp_path: Path) -> None:
    timeouts = {"receive_timeout_seconds": 120, "request_timeout_seconds": 120}
    with service(tmp_path, admin_key=KEY, max_bodies_bytes=MOST_BODIES, **timeouts) as running:
        port = int(running.wait_until_ready().url.rpartition(":")[2])
        before = peak_memory(running)

        statuses = await asyncio.gather(*(status_of_large_request(port) for _ in range(CONNECTIONS)))

        assert set(statuses) == {422}  # a thread has no such field: the refusal comes after the whole body
        assert peak_memory(running) - before < 4 * MOST_BODIES
