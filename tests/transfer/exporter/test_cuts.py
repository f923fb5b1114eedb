from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.tests.services.interference import Killed, kill_at
from threadkeep.transfer import export

if TYPE_CHECKING:
    from pathlib import Path

    from threadkeep.keep import Threadkeep


async def test_an_export_has_no_cut_message_and_no_part_of_an_unfinished_turn(
    keep: Threadkeep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process is killed between the commit and the marks of the cut, and in another thread before the commit."""
    documents = keep.runtime.documents
    messages: list[Any] = [{"content": "kept"}, {"content": "cut"}]
    cut = await keep.thread_service.create_thread(messages=messages, title="Titled", labels=["a"])
    plain = await keep.thread_service.create_thread(messages=messages[:1])
    kill_at(monkeypatch, documents.audit_log, "insert_one")
    with pytest.raises(Killed):
        await keep.message_service.pop_message(cut.id)
    kill_at(monkeypatch, documents.threads, "find_one_and_update")
    with pytest.raises(Killed):
        await keep.message_service.commit_turn(plain.id, [{"content": "unfinished"}], title="x")

    await export(keep, tmp_path / "all.jsonl")

    lines = [json.loads(line) for line in (tmp_path / "all.jsonl").read_text().splitlines()]
    threads = {line["id"]: line for line in lines if line["object"] == "thread"}
    assert [line["content"] for line in lines if line["object"] == "message"] == ["kept", "kept"]
    assert (threads[cut.id]["title"], threads[cut.id]["labels"], threads[plain.id]["title"]) == ("Titled", ["a"], None)
