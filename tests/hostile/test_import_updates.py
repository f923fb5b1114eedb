"""An import that meets stored messages reads a bounded part of them at once, even if they have become very large."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from pymongo import AsyncMongoClient

from threadkeep.documents import NEWEST
from threadkeep.keep import Threadkeep
from threadkeep.tests.hostile.test_erasure_parts import is_embedded
from threadkeep.tests.hostile.test_export_lists import Cursors
from threadkeep.tests.transfer.importer.formats.chatgpt_export import line
from threadkeep.tests.transfer.importer.growing_chat import CHAT
from threadkeep.transfer import import_file

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

KIB = 1024
PART = 4 * 1024 * KIB
COUNT = 14
TURNS = [("user" if number % 2 else "assistant", f"{number}") for number in range(COUNT)]


@pytest.fixture
def cursors() -> Cursors:
    return Cursors()


@pytest.fixture
async def keep(mongo_url: str, emptied_database_name: str, cursors: Cursors) -> AsyncIterator[Threadkeep]:
    async with (
        AsyncMongoClient[dict[str, Any]](mongo_url, event_listeners=[cursors]) as client,
        Threadkeep(client, database=emptied_database_name, sweep_seconds=None) as keep,
    ):
        yield keep


@pytest.mark.slow
@pytest.mark.parametrize("part_rows", [1000, 5], ids=["short", "long"])
async def test_messages_that_became_large_are_compared_and_moved_in_parts(
    keep: Threadkeep, cursors: Cursors, tmp_path: Path, part_rows: int
) -> None:
    if not await is_embedded(keep):
        pytest.skip("other servers end each reply at 16 MiB")
    messages = keep.runtime.documents.messages

    def write(turns: list[tuple[str, str]]) -> Path:
        path = tmp_path / "chats.jsonl"
        path.write_text(json.dumps(line(*turns)))
        return path

    await import_file(keep, write(TURNS))
    await messages.update_many({}, {"$set": {"meta_data": {"a": "x" * 900 * KIB}}})
    cursors.bytes.clear()
    cursors.sent.clear()

    same = await import_file(keep, write(TURNS), part_rows=part_rows)
    moved = await import_file(keep, write([*TURNS[:3], ("user", "Else")]), update=True, part_rows=part_rows)
    ranges = [command for command in cursors.of("find") if command["find"] == "messages" and is_range(command)]

    assert (same.threads_present, same.problems) == (1, [])
    assert (moved.threads_replaced, moved.messages, moved.problems) == (1, 1, [])
    assert [row.content for row in await keep.message_service.list_messages(CHAT)] == ["0", "1", "2", "Else"]
    assert await messages.count_documents({"thread_id": {"$ne": CHAT}}) == COUNT - 3
    assert max(cursors.bytes.values()) < PART + 1024 * KIB
    written = [len(command["documents"]) for command in cursors.of("insert") if command["insert"] == "messages"]
    assert max(written) <= 8 * 1024 // 900
    assert ranges
    assert [command for command in ranges if "comment" not in command] == []


def is_range(command: dict[str, Any]) -> bool:
    """Whether a query may load several messages: they have one of some ids, or numbers of a range with more than one."""
    ids, numbers = command["filter"].get("_id"), command["filter"].get("seq")
    is_one = isinstance(ids, str) or (isinstance(ids, dict) and len(ids.get("$in", ())) == 1)
    has_range = isinstance(numbers, dict) and numbers.get("$lte", NEWEST) - numbers.get("$gt", 0) > 1
    return not is_one and (isinstance(ids, dict) or has_range)
