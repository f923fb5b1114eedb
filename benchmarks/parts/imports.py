"""Measures an import: messages per second, and the CPU time of the importer for a message."""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...keep import Threadkeep
from ...transfer import import_file
from ..seeding import TEXT
from ..table import Table, judged, microseconds
from ..targets import IMPORTER, finding

if TYPE_CHECKING:
    from ..stage import Stage

_LENGTHS = (10, 1_000)
_BEGIN = 1_750_000_000


async def measure(stage: Stage) -> list[Table]:
    """The table of imports of short and of long conversations."""
    table = Table(
        "import",
        "Import of a ChatGPT export",
        f"One import of {stage.effort.imported:,} messages of {len(TEXT)} characters each. *CPU* is that of the importer for one "
        "message: reading, checking and writing. The share is its CPU time in the time of the import: while it is below a half, "
        "the database is what the import waits for.",
        judged("conversations of", "messages a second", "CPU a message"),
    )
    task = stage.progress.add_task("import", total=len(_LENGTHS))
    for length in _LENGTHS:
        with tempfile.TemporaryDirectory(prefix="threadkeep-bench-") as folder:
            path = Path(folder) / "conversations.json"
            _write(path, stage.effort.imported // length, length)
            messages, wall, cpu = await _import(stage, path)
        found = finding(f"importer, conversations of {length:,}", cpu / wall, IMPORTER)
        table.add(f"{length:,} messages", f"{messages / wall:,.0f}", microseconds(cpu / messages), found=found)
        stage.progress.advance(task)
    return [table]


async def _import(stage: Stage, path: Path) -> tuple[int, float, float]:
    """The number of imported messages, and the wall time and CPU time of the import in seconds."""
    async with Threadkeep.connect(
        stage.mongodb.url, database=stage.database, sweep_seconds=None, timeout_seconds=60
    ) as keep:
        wall, cpu = time.perf_counter(), time.process_time()
        report = await import_file(keep, path)
        return report.messages, time.perf_counter() - wall, time.process_time() - cpu


def _write(path: Path, count: int, length: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            file.write(("," if number else "[") + json.dumps(_conversation(number, length)))
        file.write("]")


def _conversation(number: int, length: int) -> dict[str, Any]:
    begun_at = _BEGIN + number * length
    mapping: dict[str, Any] = {"root": {"id": "root", "parent": None, "message": None}}
    parent = "root"
    for index in range(length):
        name = f"{length}-{number}-{index}"
        message = {
            "id": name,
            "author": {"role": "assistant" if index % 2 else "user"},
            "create_time": begun_at + index,
            "content": {"content_type": "text", "parts": [TEXT]},
        }
        mapping[name] = {"id": name, "parent": parent, "message": message}
        parent = name
    facts = {"title": f"Chat {number}", "create_time": begun_at, "conversation_id": f"bench-{length}-{number}"}
    return {**facts, "mapping": mapping, "current_node": parent}
