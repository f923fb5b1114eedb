"""A file that cannot be read is refused before anything is sent or stored: it takes no import's place at the service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pymongo import AsyncMongoClient

from threadkeep.client import AsyncClient, Client
from threadkeep.errors import InvalidInput
from threadkeep.keep import Threadkeep
from threadkeep.tests.commands import Commands
from threadkeep.uploads import PIECE_BYTES, read_upload, read_upload_in_thread

if TYPE_CHECKING:
    from pathlib import Path

NOBODY = "http://127.0.0.1:1"
"""An address where no service listens: a request would raise another error."""
UNREADABLE: dict[str, Any] = {"missing": "/no/such/file", "a folder": "/", "no path": 7, "NUL": "a\0b"}


@pytest.mark.parametrize("file", UNREADABLE.values(), ids=UNREADABLE)
def test_a_client_sends_nothing_of_an_unreadable_file(file: Any) -> None:
    with Client(NOBODY, "tk_x", max_retries=0) as client, pytest.raises(InvalidInput):
        client.import_service.create_import(file)


@pytest.mark.parametrize("file", UNREADABLE.values(), ids=UNREADABLE)
async def test_an_async_client_sends_nothing_of_an_unreadable_file(file: Any) -> None:
    async with AsyncClient(NOBODY, "tk_x", max_retries=0) as client:
        with pytest.raises(InvalidInput):
            await client.import_service.create_import(file)


@pytest.mark.parametrize("file", UNREADABLE.values(), ids=UNREADABLE)
async def test_a_service_stores_nothing_of_an_unreadable_file(mongo_url: str, database_name: str, file: Any) -> None:
    commands = Commands()
    async with (
        AsyncMongoClient[dict[str, Any]](mongo_url, event_listeners=[commands]) as client,
        Threadkeep(client, database=database_name, sweep_seconds=None) as keep,
    ):
        with pytest.raises(InvalidInput):
            await keep.services.import_service.create_import(file)

    assert "import_jobs" not in {command["insert"] for command in commands.of("insert")}


@pytest.mark.parametrize("size", [0, 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES])
async def test_a_file_is_read_in_pieces(tmp_path: Path, size: int) -> None:
    content = bytes(size)
    path = tmp_path / "file"
    path.write_bytes(content)

    read = [
        list(read_upload(path)),
        list(read_upload(content)),
        [piece async for piece in await read_upload_in_thread(path)],
    ]
    assert [b"".join(pieces) for pieces in read] == [content] * 3
    assert all(0 < len(piece) <= PIECE_BYTES for pieces in read for piece in pieces)
