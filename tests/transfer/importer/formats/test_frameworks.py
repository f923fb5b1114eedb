"""Dumps of the collections in which frameworks keep their conversations."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from threadkeep.tests.transfer.importer.read_threads import Reading, read_threads

if TYPE_CHECKING:
    from pathlib import Path


def read(folder: Path, *lines: Any) -> Reading:
    path = folder / "dump"
    path.write_text("\n".join(map(json.dumps, lines)))
    return read_threads(path)


def oid(number: int) -> dict[str, str]:
    """The id of a document that was made in the second `number` of 2025-10-09."""
    return {"$oid": f"{1_760_000_000 + number:08x}{number:016x}"}


def history(kind: str, content: Any, **data: Any) -> dict[str, Any]:
    return {"type": kind, "data": {"content": content, "additional_kwargs": {}, "type": kind} | data}


CALLS = [{"name": "tides", "args": {"port": "Kiel"}, "id": "call_1", "type": "tool_call"}]
HISTORY = [
    history("human", "When?"),
    history("ai", "Let me look.", tool_calls=CALLS),
    history("tool", "14:20", tool_call_id="call_1", name="tides"),
    history("ai", [{"type": "text", "text": "At 14:20."}]),
]
STORED = [
    ("message", "user", "When?"),
    ("message", "assistant", "Let me look."),
    ("function_call", "assistant", 'tides({"port":"Kiel"})'),
    ("function_call_output", "tool", "14:20"),
    ("message", "assistant", "At 14:20."),
]


def stored(found: Reading) -> list[tuple[str, str, str]]:
    return [(row["type"], row["role"], row["content"]) for row in found.thread.messages]


def test_langchain_documents_are_ordered_by_their_ids(tmp_path: Path) -> None:
    dump = [{"_id": oid(n), "SessionId": "s 1", "History": json.dumps(one)} for n, one in enumerate(HISTORY, 1)]
    found = read(tmp_path, *reversed(dump))

    assert stored(found) == STORED
    assert [int(row["created_at"].timestamp()) - 1_760_000_000 for row in found.thread.messages] == [1, 2, 2, 3, 4]
    assert found.thread.row["meta_data"]["source_id"] == "s 1"
    assert found.thread.messages[3]["tool_call_id"] == "call_1"


def test_langchain_keys_are_configurable_and_javascript_keeps_lists(tmp_path: Path) -> None:
    renamed = [{"_id": oid(n), "who": "s1", "log": json.dumps(one), "extra": n} for n, one in enumerate(HISTORY, 1)]
    javascript = {"_id": oid(1), "sessionId": "s1", "messages": HISTORY}

    assert stored(read(tmp_path, *renamed)) == STORED
    assert stored(read(tmp_path, javascript)) == STORED


def test_langchain_images_and_calls_of_openai_are_kept(tmp_path: Path) -> None:
    image = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}
    asked = history("human", [{"type": "text", "text": "See"}, image])
    old = {"tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "tides", "arguments": "{}"}}]}
    dump = [
        {"_id": oid(n), "SessionId": "s", "History": json.dumps(one)}
        for n, one in enumerate([asked, history("ai", "", additional_kwargs=old)])
    ]
    rows = read(tmp_path, *dump).thread.messages

    assert rows[0]["parts"] == [{"type": "text", "text": "See"}, image]
    assert (rows[1]["type"], rows[1]["content"]) == ("function_call", "tides({})")


def test_agents_sessions_keep_the_newest_generation_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    asked, call = (
        {"role": "user", "content": "When?"},
        {"type": "function_call", "call_id": "c", "name": "tides", "arguments": "{}"},
    )
    out = {"type": "function_call_output", "call_id": "c", "output": "14:20"}
    answer = {
        "type": "message",
        "role": "assistant",
        "content": [{"type": "output_text", "text": "At 14:20."}],
        "id": "msg_1",
    }
    dump: list[dict[str, Any]] = [
        {"seq": 4, "generation": 2, "message_data": [json.dumps(answer)]},
        {"seq": 3, "generation": 2, "message_data": [json.dumps(asked), json.dumps(call), json.dumps(out)]},
        {"seq": 1, "generation": 1, "message_data": json.dumps({"role": "user", "content": "Compacted"})},
    ]
    rows = read(tmp_path, *({"_id": oid(n), "session_id": "s1"} | one for n, one in enumerate(dump))).thread.messages

    assert [(row["type"], row["content"]) for row in rows] == [
        ("message", "When?"),
        ("function_call", "tides({})"),
        ("function_call_output", "14:20"),
        ("message", "At 14:20."),
    ]
    assert rows[3]["client_id"] == "msg_1"


def test_agents_documents_of_older_versions_hold_one_text(tmp_path: Path) -> None:
    items = [{"role": "user", "content": "When?"}, {"role": "assistant", "content": "Now."}]
    dump = [{"_id": oid(n), "session_id": "s1", "message_data": json.dumps(one)} for n, one in enumerate(items)]

    assert read(tmp_path, *dump).thread.texts() == [("user", "When?"), ("assistant", "Now.")]
