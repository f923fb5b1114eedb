from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from threadkeep.tests.transfer.importer.read_threads import Reading, read_threads

if TYPE_CHECKING:
    from pathlib import Path

TIME = "2026-03-01T10:00:00.000000Z"


def said(name: str, sender: str, *blocks: Any, **more: Any) -> dict[str, Any]:
    content = [{"type": "text", "text": block} if isinstance(block, str) else block for block in blocks]
    fixed = {"uuid": name, "sender": sender, "text": "", "created_at": TIME, "attachments": [], "files": []}
    return fixed | {"content": content} | more


def read(folder: Path, *messages: dict[str, Any], branches: str = "active", **more: Any) -> Reading:
    fixed = {"uuid": "0b1c", "name": "Tides", "created_at": TIME, "updated_at": TIME}
    path = folder / "conversations.json"
    path.write_text(json.dumps([fixed | more | {"chat_messages": [*messages]}]))
    return read_threads(path, branches=branches)


def test_content_is_read_and_not_text(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        said("a", "human", "One.", text="wrong"),
        said("b", "human", "Two."),
        said("c", "assistant", text="Only text."),
    )

    assert found.thread.texts() == [("user", "One."), ("user", "Two."), ("assistant", "Only text.")]
    assert found.thread.keys() == ["a", "b", "c"]
    assert found.thread.row["meta_data"] == {"source": "claude-ai", "title": "Tides"}


def test_blocks_become_messages_of_one_run(tmp_path: Path) -> None:
    answer = said(
        "b",
        "assistant",
        {"type": "thinking", "thinking": "The moon.", "summaries": [{"summary": "Thinking of the moon"}]},
        "Let me look.",
        {"type": "tool_use", "id": None, "name": "tides", "input": {"port": "Kiel"}},
        {"type": "tool_result", "tool_use_id": None, "name": "tides", "content": [{"type": "text", "text": "14:20"}]},
        {"type": "token_budget"},
        "At 14:20.",
    )
    rows = read(tmp_path, said("a", "human", "When?"), answer).thread.messages

    assert [(row["type"], row["role"], row["client_id"]) for row in rows] == [
        ("message", "user", "a"),
        ("reasoning", "assistant", "b"),
        ("message", "assistant", "b/1"),
        ("function_call", "assistant", "b/2"),
        ("function_call_output", "tool", "b/3"),
        ("message", "assistant", "b/4"),
    ]
    assert rows[1]["item"]["content"] == [{"type": "reasoning_text", "text": "The moon."}]
    assert rows[3]["tool_calls"][0]["function"] == {"name": "tides", "arguments": '{"port":"Kiel"}'}
    assert rows[4]["tool_call_id"] == rows[3]["item"]["call_id"]
    assert (rows[4]["content"], {row["run_id"] for row in rows[1:]}) == ("14:20", {"b"})


def test_attached_texts_are_kept_and_files_named(tmp_path: Path) -> None:
    attached = {"file_name": "a.txt", "file_size": 5, "file_type": "txt", "extracted_content": "hello"}
    message = said(
        "a", "human", attachments=[attached], files=[{"file_name": "a.txt"}, {"file_name": "b.png", "file_uuid": "f1"}]
    )
    found = read(tmp_path, message)
    [row] = found.thread.messages

    assert (row["content"], row["attachments"]) == ("", [attached, {"file_id": "f1", "name": "b.png"}])
    assert found.report.files_referenced == 1


def test_branches_follow_the_parents_and_the_newest_is_active(tmp_path: Path) -> None:
    root = "00000000-0000-4000-8000-000000000000"
    messages = [
        said("a", "human", "One?", parent_message_uuid=root),
        said("b", "assistant", "One.", parent_message_uuid="a"),
        said("c", "assistant", "1.", parent_message_uuid="a"),
    ]

    newest = read(tmp_path, *messages)
    chosen = read(tmp_path, *messages, branches="all", current_leaf_message_uuid="b")

    assert (newest.thread.keys(), newest.report.left_out["in branches"]) == (["a", "c"], 1)
    assert [thread.keys() for thread in chosen.threads] == [["a", "b"], ["c"]]


def test_a_conversation_without_words_becomes_no_thread(tmp_path: Path) -> None:
    found = read(tmp_path, said("a", "human", ""), said("b", "assistant"))

    assert (found.threads, found.report.conversations_empty, found.report.left_out["empty"]) == ([], 1, 2)
