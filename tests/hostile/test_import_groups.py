"""An import holds a bounded number of bytes at once, even if a small file has many short threads of long messages."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import bson
import pytest

from threadkeep.services import Tuning
from threadkeep.transfer import import_file
from threadkeep.transfer.importer import importer

if TYPE_CHECKING:
    from pathlib import Path

    from threadkeep.keep import Threadkeep

KIB = 1024
SAID: dict[str, Any] = {"role": "user", "created_at": 1_700_000_000}
SHAPES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "long texts": ({}, {"content": "x" * 30 * KIB}),
    "long parts": ({}, {"parts": [{"type": "text", "text": "x" * 30 * KIB}]}),
    "metadata of messages": ({}, {"meta_data": {"a": "x" * 30 * KIB}}),
    "metadata of threads": ({"meta_data": {"a": "x" * 30 * KIB}}, {}),
    "participants": ({"participant_ids": [f"user_{number:022}" for number in range(600)]}, {}),
}


@pytest.mark.parametrize(("thread", "message"), SHAPES.values(), ids=SHAPES)
async def test_short_threads_are_written_when_they_have_enough_bytes(
    keep_in_memory: Threadkeep,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    thread: dict[str, Any],
    message: dict[str, Any],
) -> None:
    groups: list[int] = []
    import_group = vars(importer)["import_group"]

    async def measured(target: Any, group: Any) -> None:
        parts = list(group)
        groups.append(sum(len(bson.encode(row)) for part in parts for row in (part.thread, *part.rows)))
        await import_group(target, parts)

    monkeypatch.setattr(importer, "import_group", measured)
    lines: list[Any] = [
        {"thread": {**thread, "id": f"t{number}"}, "messages": [{**SAID, **message}]} for number in range(12)
    ]
    (tmp_path / "many.jsonl").write_text("\n".join(map(json.dumps, lines)))

    runtime = replace(keep_in_memory.runtime, tuning=Tuning(import_group_bytes=100 * KIB))
    keep: Any = SimpleNamespace(runtime=runtime)
    report = await import_file(keep, tmp_path / "many.jsonl")

    assert (report.threads, report.messages, report.problem_count) == (12, 12, 0)
    assert max(groups) < 110 * KIB
    assert len(groups) >= 2
