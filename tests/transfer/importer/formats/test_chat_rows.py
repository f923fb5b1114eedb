from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from threadkeep.tests.transfer.importer.read_threads import AT, Reading, read_threads

if TYPE_CHECKING:
    from pathlib import Path

CALL = {"id": "call_1", "type": "function", "function": {"name": "tides", "arguments": "{}"}}
ROW: dict[str, Any] = {
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "When?"},
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "call_1", "content": "14:20"},
        {"role": "assistant", "content": "At 14:20.", "weight": 0},
    ],
    "tools": [{"type": "function", "function": {"name": "tides"}}],
}
SHARED = {
    "id": "identity_0",
    "conversations": [
        {"from": "human", "value": "When?"},
        {"from": "function_call", "value": '{"name": "tides", "arguments": {}}'},
        {"from": "observation", "value": "14:20"},
        {"from": "gpt", "value": "At 14:20."},
    ],
}


def read(folder: Path, *lines: Any) -> Reading:
    path = folder / "rows"
    path.write_text("\n".join(map(json.dumps, lines)))
    return read_threads(path)


def test_rows_of_fine_tuning_keep_calls_and_tools(tmp_path: Path) -> None:
    rows = read(tmp_path, ROW).thread.messages

    assert [(row["type"], row["role"], row["content"]) for row in rows] == [
        ("chat-rows.tools", "unknown", ""),
        ("message", "system", "Be brief."),
        ("message", "user", "When?"),
        ("function_call", "assistant", "tides({})"),
        ("function_call_output", "tool", "14:20"),
        ("message", "assistant", "At 14:20."),
    ]
    assert (rows[0]["item"]["tools"], rows[5]["meta_data"]) == (ROW["tools"], {"weight": 0})
    assert {row["created_at"].replace(tzinfo=AT.tzinfo) for row in rows} == {AT}


def test_the_id_of_a_row_follows_from_its_content(tmp_path: Path) -> None:
    first, second = read(tmp_path, ROW, SHARED).threads
    again = read(tmp_path, SHARED).thread

    assert first.row["_id"] != second.row["_id"]
    assert second.row["_id"] == again.row["_id"]
    assert [row["_id"] for row in second.messages] == [row["_id"] for row in again.messages]
    assert second.row["meta_data"] == {"source": "chat-rows", "source_id": "identity_0"}


def test_sharegpt_roles_and_calls_are_understood(tmp_path: Path) -> None:
    rows = read(tmp_path, [SHARED]).thread.messages

    assert [(row["type"], row["role"]) for row in rows] == [
        ("message", "user"),
        ("function_call", "assistant"),
        ("function_call_output", "tool"),
        ("message", "assistant"),
    ]
    assert rows[2]["tool_call_id"] == rows[1]["item"]["call_id"]


def test_parts_with_values_and_a_damaged_row(tmp_path: Path) -> None:
    parts = {"messages": [{"role": "user", "content": [{"type": "text", "value": "hi"}], "loss_weight": 0.0}]}
    found = read(tmp_path, parts, {"messages": [{"role": 5, "content": "x"}]}, {"messages": "x"})

    assert found.thread.texts() == [("user", "hi")]
    assert len(found.problems) == 2


def test_turns_without_a_row_are_one_conversation(tmp_path: Path) -> None:
    turns = ROW["messages"]
    for lines, count in (([turns], 1), ([turns, turns[:2]], 2), (turns, 1)):
        found = read(tmp_path, *lines)

        assert len(found.threads) == count
        assert [row["role"] for row in found.threads[0].messages] == [
            "system",
            "user",
            "assistant",
            "tool",
            "assistant",
        ]
