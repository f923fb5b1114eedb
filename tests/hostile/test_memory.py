from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import pytest

from threadkeep.client.options import certificates
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


ASTRAL = "\U0001f600".encode()
SIZE = 7 * 2**20
TEXTS = {
    "ASCII": b"a" * SIZE,
    "astral": ASTRAL * (SIZE // 4),
    "one astral character": b"a" * SIZE + ASTRAL,
    "escapes": rb"\ud83d\ude00" * (SIZE // 12),
    "one escape": b"a" * SIZE + rb"\ud83d\ude00",
    "one astral character and escapes": b"a" * (SIZE // 2) + ASTRAL + rb"\n\u0001" * (SIZE // 16),
}
ROUTES = {
    "/v1/threads/%s/messages": b'{"role":"assistant","content":"%b"}',
    "/openai/v1/threads/%s/messages": b'{"role":"assistant","content":"%b"}',
    "/openai/v1/conversations/%s/items": (
        b'{"items":[{"type":"message","role":"user","content":[{"type":"input_text","text":"%b"}]}]}'
    ),
    "/v1/threads": b'{"unknown":"%b"}',
}
MOST_TIMES, ACCURACY = 8, 0.5


def forget_peak(running: Service) -> None:
    Path(f"/proc/{running.process.pid}/clear_refs").write_text("5")


@pytest.mark.parametrize("retried", [False, True], ids=["plain", "with an Idempotency-Key"])
def test_a_text_of_any_characters_takes_at_most_8_times_its_memory(tmp_path: Path, retried: bool) -> None:  # noqa: FBT001
    found = []
    with service(tmp_path, admin_key=KEY) as running:
        running.wait_until_ready()
        thread = running.post("/v1/threads", {}, KEY).json()["id"]
        headers = {"authorization": f"Bearer {KEY}", "content-type": "application/json"}
        for name, text in TEXTS.items():
            for route, template in ROUTES.items():
                body = template % text
                forget_peak(running)
                before = peak_memory(running)
                key = {"idempotency-key": f"{name} {route}"} if retried else {}
                response = httpx2.post(
                    running.url + route.replace("%s", thread),
                    content=body,
                    headers=headers | key,
                    timeout=60,
                    verify=certificates(),
                )
                times = (peak_memory(running) - before) / len(body)
                assert response.status_code == (422 if route == "/v1/threads" else 200), response.text[:200]
                if times > MOST_TIMES + ACCURACY:
                    found.append(f"{name}, {route}: {times:.1f} times")

    assert found == []
