"""The files of the embedded server after an erasure: its oplog, its journal, and a data folder made from an export."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.documents import open_client
from threadkeep.embedded import EmbeddedServer
from threadkeep.embedded.server import OPLOG_SECONDS
from threadkeep.keep import Threadkeep
from threadkeep.tests.hostile.canaries import Canaries
from threadkeep.tests.waiting import until
from threadkeep.transfer.exporter import export
from threadkeep.transfer.importer import import_file

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from pymongo.asynchronous.collection import AsyncCollection

    from threadkeep.inputs import MessageInput


@asynccontextmanager
async def open_keep(folder: Path, *, oplog_seconds: int = OPLOG_SECONDS) -> AsyncIterator[Threadkeep]:
    """Open a Threadkeep on an embedded server with this data folder."""
    async with (
        EmbeddedServer.start(folder, oplog_seconds=oplog_seconds) as server,
        open_client(server.url, timeout_seconds=20, max_connections=5) as client,
        Threadkeep(client, sweep_seconds=None) as keep,
    ):
        yield keep


@pytest.mark.slow
async def test_old_writes_disappear_from_oplog_and_journal_and_are_not_in_a_folder_made_from_an_export(
    tmp_path: Path,
) -> None:
    canaries = Canaries()
    old, new, exported = tmp_path / "old", tmp_path / "new", tmp_path / "export.jsonl"
    async with open_keep(old, oplog_seconds=1) as keep:
        user = await keep.user_service.create_user(full_name=canaries("name"))
        thread = await keep.thread_service.create_thread([user.id], meta_data={"a": canaries("meta_data")})
        texts: list[MessageInput] = [{"content": canaries(f"content_{number}")} for number in range(20)]
        await keep.message_service.create_messages(thread.id, texts)
        oplog = keep.runtime.documents.database.client["local"]["oplog.rs"]
        written = canaries.found_in(await content_of(oplog)) | canaries.found_in(journal(old))
        await keep.user_service.delete_user(user.id)

        assert written == canaries.planted("")
        await until(lambda: is_without(oplog, canaries))

    async with open_keep(old) as keep:
        assert canaries.found_in(journal(old)) == set()
        await export(keep, exported)
    async with open_keep(new) as keep:
        await import_file(keep, exported)
    assert canaries.found_in(all_bytes(new)) == set()


async def content_of(collection: AsyncCollection[Any]) -> str:
    return str(await collection.find().to_list())


async def is_without(collection: AsyncCollection[Any], canaries: Canaries) -> bool:
    await asyncio.sleep(0.1)
    return not canaries.found_in(await content_of(collection))


def journal(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("WiredTigerLog.*"))


def all_bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
