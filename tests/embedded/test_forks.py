"""Children of `os.fork()`: they neither use nor end the embedded server, the Threadkeep and the clients of their parent."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from contextlib import suppress
from typing import TYPE_CHECKING

import psutil
import pytest

from threadkeep import AsyncClient, Client, Threadkeep
from threadkeep.embedded import EmbeddedServer
from threadkeep.tests.forks import FORK_WARNING, in_child

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings(FORK_WARNING)

OPENED_BEFORE = "opened before os.fork"


def refused(use: object) -> None:
    with pytest.raises(RuntimeError, match=OPENED_BEFORE):
        use()  # type: ignore[operator]


@pytest.mark.slow
async def test_a_child_can_neither_use_nor_close_the_threadkeep_of_its_parent(tmp_path: Path) -> None:
    async with Threadkeep.embedded(tmp_path) as keep:
        thread = await keep.thread_service.create_thread()
        services = keep.services

        async def use_it() -> None:
            for call in (
                services.thread_service.get_thread(thread.id),
                services.message_service.create_message(thread.id, "x", "assistant"),
                services.user_service.create_user(),
                services.analytics_service.thread_lengths(),
            ):
                with pytest.raises(RuntimeError, match=OPENED_BEFORE):
                    await call
            with pytest.raises(RuntimeError, match=OPENED_BEFORE):
                _ = keep.thread_service
            await keep.close()

        assert in_child(lambda: asyncio.new_event_loop().run_until_complete(use_it())) == 0
        await keep.message_service.create_message(thread.id, "still here", "assistant")

        assert [message.content for message in await keep.message_service.list_messages(thread.id)] == ["still here"]


@pytest.mark.slow
def test_workers_that_are_forked_while_the_threadkeep_works_end_nothing(tmp_path: Path) -> None:
    run(
        f"""
        def work():
            asyncio.run(own())

        async def own():
            async with Threadkeep.embedded(":memory:") as keep:
                await keep.thread_service.create_thread()

        async def main():
            async with Threadkeep.embedded({str(tmp_path)!r}) as keep:
                thread = await keep.thread_service.create_thread()
                writing = [
                    asyncio.create_task(keep.message_service.create_message(thread.id, "x", "assistant")) for _ in range(50)
                ]
                await asyncio.sleep(0)
                workers = [multiprocessing.get_context("fork").Process(target=work) for _ in range(2)]
                for worker in workers:
                    worker.start()
                await asyncio.gather(*writing)
                for worker in workers:
                    await asyncio.to_thread(worker.join)
                    assert worker.exitcode == 0
                assert len(await keep.message_service.list_messages(thread.id)) == 50

        asyncio.run(main())
        """
    )


def run(code: str) -> None:
    """Run a program in a process group of its own, of which nothing is left."""
    program = (
        f"import asyncio, multiprocessing, os, sys\nfrom threadkeep import Client, Threadkeep\n{textwrap.dedent(code)}"
    )
    command = [sys.executable, "-W", "ignore", "-c", program]
    with subprocess.Popen(command, start_new_session=True) as process:
        try:
            assert process.wait(40) == 0
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.slow
def test_the_server_ends_with_its_parent_although_a_child_lives(tmp_path: Path) -> None:
    child = 0
    parent = os.fork()
    if not parent:
        server = EmbeddedServer(tmp_path)
        server.open()
        child = os.fork()
        if not child:
            signal.pause()
        (tmp_path / "pids").write_text(f"{server.pid} {child}")
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(parent, 0)
    server_pid, child = map(int, (tmp_path / "pids").read_text().split())
    try:
        psutil.wait_procs([psutil.Process(server_pid)] if psutil.pid_exists(server_pid) else [], timeout=20)
        with EmbeddedServer(tmp_path, lock_seconds=20) as successor:
            assert successor.pid not in (None, server_pid)
    finally:
        os.kill(child, signal.SIGKILL)


@pytest.mark.slow
def test_a_child_closes_a_server_of_its_parent_without_effect(tmp_path: Path) -> None:
    with EmbeddedServer(tmp_path) as server:
        pid = server.pid

        def close() -> None:
            server.close()
            with EmbeddedServer(":memory:") as own:  # a server of its own
                assert own.pid != pid

        assert in_child(close) == 0
        assert server.pid == pid
        assert server.error is None
        assert psutil.pid_exists(pid or 0)


@pytest.mark.slow
def test_a_local_client_is_refused_in_a_child_and_goes_on_in_its_parent() -> None:
    with Client.local(":memory:") as client:
        thread = client.thread_service.create_thread()

        def use() -> None:
            refused(lambda: client.thread_service.get_thread(thread.id))
            client.close()
            with Client.local(":memory:") as own:
                own.thread_service.create_thread()

        assert in_child(use) == 0
        assert client.thread_service.get_thread(thread.id) == thread


@pytest.mark.slow
async def test_an_async_local_client_is_refused_in_a_child_and_goes_on_in_its_parent() -> None:
    async with AsyncClient.local(":memory:") as client:
        thread = await client.thread_service.create_thread()

        async def use() -> None:
            with pytest.raises(RuntimeError, match=OPENED_BEFORE):
                await client.thread_service.get_thread(thread.id)
            await client.aclose()

        assert in_child(lambda: asyncio.new_event_loop().run_until_complete(use())) == 0
        assert await client.thread_service.get_thread(thread.id) == thread


@pytest.mark.slow
def test_children_that_end_normally_end_nothing(tmp_path: Path) -> None:
    """Their interpreters run the functions that are registered for the end of the process."""
    run(
        f"""
        client = Client.local({str(tmp_path)!r})
        thread = client.thread_service.create_thread()
        if not (child := os.fork()):
            sys.exit(7)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
        worker = multiprocessing.get_context("fork").Process(target=print)
        worker.start()
        worker.join(20)
        assert worker.exitcode == 0
        assert client.thread_service.get_thread(thread.id) == thread
        client.close()
        """
    )
