from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from threadkeep.client import AsyncClient, Client
from threadkeep.errors import InvalidInput, StartupError, ThreadNotFound

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.slow
def test_a_local_client_needs_no_server_and_keeps_its_data_in_its_folder(tmp_path: Path) -> None:
    with Client.local(tmp_path / "data") as client:
        user = client.user_service.create_user(name="Ada")
        thread = client.thread_service.create_thread(participant_ids=[user.id])
        message = client.message_service.create_message(thread.id, "Hello", expected_seq=0)

    with Client.local(str(tmp_path / "data")) as client:
        assert client.user_service.get_user(user.id) == user
        assert client.message_service.list_messages(thread.id) == [message]


@pytest.mark.slow
async def test_a_local_async_client_needs_no_server() -> None:
    async with AsyncClient.local(":memory:") as client:
        users = await asyncio.gather(client.user_service.create_user(), client.user_service.create_user())
        thread = await client.thread_service.create_thread([user.id for user in users])
        await client.message_service.create_messages(thread.id, [{"content": str(number)} for number in range(50)])

        contents = [message.content async for message in client.message_service.iter_messages(thread.id, limit=20)]
        with pytest.raises(ThreadNotFound):
            await client.thread_service.get_thread("thread_unknown")
        with pytest.raises(InvalidInput):
            await client.message_service.list_messages(thread.id, limit=0)

    assert contents == [str(number) for number in range(50)]


@pytest.mark.slow
def test_threads_share_one_local_client() -> None:
    with Client.local(":memory:") as client, ThreadPoolExecutor(8) as pool:
        thread = client.thread_service.create_thread()
        list(pool.map(lambda number: client.message_service.create_message(thread.id, str(number)), range(40)))

        page = client.message_service.list_messages(thread.id)
    assert [message.seq for message in page] == list(range(1, 41))
    assert not [one for one in threading.enumerate() if one.name == "threadkeep"]


@pytest.mark.slow
def test_a_local_client_ignores_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("THREADKEEP_MONGODB_URL", "mongodb://127.0.0.1:9")
    monkeypatch.setenv("THREADKEEP_HOST", "0.0.0.0")  # noqa: S104 - never listened on
    monkeypatch.setenv("THREADKEEP_MAX_PAGE", "1")
    monkeypatch.setenv("THREADKEEP_API_KEY", "tk_of_another_service")

    with Client.local(tmp_path) as client:
        thread = client.thread_service.create_thread(messages=[{"content": "a"}, {"content": "b"}])

        assert len(client.message_service.list_messages(thread.id)) == 2


def test_a_folder_that_cannot_be_used_raises_startup_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with Client.local(tmp_path / "file") as client, pytest.raises(StartupError, match="file"):
        client.thread_service.create_thread()


def test_closing_an_unused_local_client_starts_no_server(tmp_path: Path) -> None:
    with Client.local(tmp_path / "data"):
        pass

    assert not (tmp_path / "data").exists()


@pytest.mark.slow
def test_a_process_ends_even_if_its_local_client_is_not_closed(tmp_path: Path) -> None:
    code = f"""
from threadkeep.client import Client
Client.local({str(tmp_path / "dropped")!r}).user_service.create_user()
client = Client.local({str(tmp_path / "held")!r})
client.user_service.create_user()
"""

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
