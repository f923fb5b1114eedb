"""The disk of the embedded server: full, read-only, failing. Requests end with 503, and nothing has to be restarted."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import subprocess
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from threadkeep import Threadkeep
from threadkeep.embedded import EmbeddedServer
from threadkeep.errors import Unavailable
from threadkeep.records import UserRecord
from threadkeep.tests.service_process import service
from threadkeep.tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def mount(*arguments: str) -> bool:
    """Run `mount` with these arguments, and return whether it succeeded."""
    try:
        return subprocess.run(["mount", *arguments], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


@contextmanager
def small_disk(folder: Path, mebibytes: int = 100) -> Iterator[Path]:
    """Mount a small file system in memory until the `with` block ends."""
    folder.mkdir(parents=True, exist_ok=True)
    if not mount("-t", "tmpfs", "-o", f"size={mebibytes}m,mode=700", "tmpfs", str(folder)):
        pytest.skip("this test needs the right to mount a file system")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(disk: Path, left: int = 0) -> Path:
    """Fill the disk until `left` bytes are free."""
    state = os.statvfs(disk)
    filler = disk / "filler"
    filler.write_bytes(bytes(state.f_bavail * state.f_frsize - left))
    return filler


def user(client: httpx2.Client, number: int) -> httpx2.Response:
    return client.post("/v1/users", json={"full_name": f"User {number}"})


@pytest.mark.slow
def test_a_full_disk_refuses_writes_until_space_is_free_and_serves_reads(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk, service(tmp_path, data_dir=disk / "data") as running:
        headers = {"x-api-key": str(running.wait_until_ready().greeting("Admin key"))}
        with httpx2.Client(base_url=running.url, headers=headers, timeout=20) as client:
            stored = user(client, 1).json()["id"]
            filler = fill(disk)

            writes = [user(client, 2), client.post("/openai/v1/threads", json={})]
            ready = client.get("/readyz")
            read = client.get(f"/v1/users/{stored}")
            filler.unlink()
            later = user(client, 3)

            assert [(answer.status_code, answer.headers["retry-after"]) for answer in writes] == [(503, "1")] * 2
            assert "The disk of the database is full or read-only." in writes[0].text
            assert (ready.status_code, ready.json()["checks"]["mongodb"]) == (
                503,
                "The disk of the database is full or read-only.",
            )
            assert read.status_code == 200
            assert (later.status_code, client.get("/readyz").status_code) == (201, 200)
        assert "writes are refused" in running.log.read_text()
        assert "writes are accepted" in running.log.read_text()


@pytest.mark.slow
async def test_stored_documents_can_be_read_if_the_disk_is_full_at_the_start(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        async with Threadkeep.embedded(disk / "data") as keep:
            stored = await keep.user_service.create_user(full_name="before")
        fill(disk, left=20 * 1024 * 1024)

        async with Threadkeep.embedded(disk / "data") as keep:
            with pytest.raises(Unavailable, match="The disk of the database is full or read-only"):
                await keep.user_service.create_user(full_name="during")
            assert (await keep.user_service.get_user(stored.id)).full_name == "before"


@pytest.mark.slow
async def test_a_failed_storage_is_answered_503_and_restarted(tmp_path: Path) -> None:
    """A limit of the file size makes the journal fail at once, like a disk that fills between two checks."""
    async with EmbeddedServer.start(tmp_path / "data") as server, Threadkeep.connect(server.url) as keep:
        keep.problem = lambda: server.problem
        kept = await keep.user_service.create_user(full_name="before")
        pid = server.pid
        assert pid is not None
        _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, most))

        answers = await asyncio.gather(
            *(keep.user_service.create_user(full_name="during") for _ in range(8)), return_exceptions=True
        )
        await until(lambda: returns(keep.user_service.create_user(full_name="after")))

        stored = [answer.id for answer in answers if isinstance(answer, UserRecord)]  # by the second try of the service
        assert all(isinstance(answer, (Unavailable, UserRecord)) for answer in answers)
        assert {user.id for user in await keep.user_service.list_users() if user.full_name == "during"} == set(stored)
        assert server.pid != pid
        assert (await keep.user_service.get_user(kept.id)).full_name == "before"
        await keep.ping()


@pytest.mark.chaos
async def test_a_read_only_disk_is_named_until_it_is_writable(tmp_path: Path) -> None:
    with small_disk(tmp_path / "data" / "database") as disk:
        async with EmbeddedServer.start(tmp_path / "data") as server, Threadkeep.connect(server.url) as keep:
            keep.problem = lambda: server.problem
            kept = await keep.user_service.create_user(full_name="before")
            assert server.pid is not None
            remount(disk, "ro", server.pid)
            await until(lambda: fulfilled(server.problem == "The disk of the data folder is read-only."))

            with pytest.raises(Unavailable, match="The disk of the data folder is read-only"):
                await keep.ping()
            with pytest.raises(Unavailable):
                await keep.user_service.create_user(full_name="during")

            mount("-o", "remount,rw", str(disk))
            await until(lambda: returns(keep.user_service.create_user(full_name="after")))
            assert (await keep.user_service.get_user(kept.id)).full_name == "before"
            assert server.problem is None


def remount(disk: Path, mode: str, writer: int) -> None:
    """Remount the disk between two runs of its writer, because a remount fails while files are open for writing."""
    for _ in range(50):
        with suppress(ProcessLookupError):
            os.kill(writer, signal.SIGKILL)
        if mount("-o", f"remount,{mode}", str(disk)):
            return
    pytest.skip("the disk cannot be mounted read-only: its files stay open")


async def returns(call: Any) -> bool:
    """Return whether the call succeeds."""
    try:
        await call
    except Unavailable:
        return False
    return True


async def fulfilled(condition: bool) -> bool:  # noqa: FBT001 - the condition itself
    return condition
