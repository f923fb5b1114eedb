"""An import that was killed is completed by the next one: nothing is doubled, and nothing is missing."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from threadkeep.tests.transfer.importer.formats.chatgpt_export import line
from threadkeep.transfer import import_file

if TYPE_CHECKING:
    from pathlib import Path

    from threadkeep.documents import Documents
    from threadkeep.keep import Threadkeep

THREADS = 20
PROGRAM = """
import asyncio, sys
from threadkeep import Threadkeep
from threadkeep.transfer import import_file

async def main(url, database, path):
    async with Threadkeep.connect(url, database=database, sweep_seconds=None) as keep:
        await import_file(keep, path, part_rows=7, on_progress=lambda done, total: print(done, flush=True))

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.slow
async def test_a_killed_import_is_completed_by_the_next_one(
    keep: Threadkeep, documents: Documents, mongo_url: str, database_name: str, tmp_path: Path
) -> None:
    turns = [("user", "One?"), ("assistant", "One.")] * 5
    path = tmp_path / "conversations.json"
    path.write_text(json.dumps([line(*turns, conversation_id=f"chat-{number}") for number in range(THREADS)]))
    arguments = [sys.executable, "-c", PROGRAM, mongo_url, database_name, str(path)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:  # noqa: ASYNC220
        assert process.stdout is not None
        for _ in range(9):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    before = await documents.threads.count_documents({"deleted_at": None})

    report = await import_file(keep, path, part_rows=7)

    assert 0 < before < THREADS
    assert (report.threads + report.threads_present, report.problems) == (THREADS, [])
    assert await documents.threads.count_documents({"deleted_at": None, "message_count": 10}) == THREADS
    assert await documents.messages.count_documents({}) == THREADS * 10
