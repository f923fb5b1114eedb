"""Sessions of coding agents, agent frameworks, and small chat programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.tests.transfer.importer.read_threads import Reading, read_threads

if TYPE_CHECKING:
    from pathlib import Path

TIME = "2026-03-01T10:00:00Z"


def read(folder: Path, *lines: Any, branches: str = "active") -> Reading:
    path = folder / "lines"
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines))
    return read_threads(path, branches=branches)


def stored(found: Reading) -> list[tuple[str, str, str]]:
    return [(row["type"], row["role"], row["content"]) for row in found.thread.messages]


CALLED = [
    ("message", "user", "When?"),
    ("function_call", "assistant", 'tides({"port":"Kiel"})'),
    ("function_call_output", "tool", "14:20"),
    ("message", "assistant", "At 14:20."),
]


def code_line(name: str, parent: str | None, kind: str, content: Any, **more: Any) -> dict[str, Any]:
    fixed = {
        "uuid": name,
        "parentUuid": parent,
        "sessionId": "s1",
        "type": kind,
        "timestamp": TIME,
        "isSidechain": False,
    }
    return fixed | {"message": {"role": kind, "content": content}} | more


def use(call_id: str) -> dict[str, Any]:
    return {"type": "tool_use", "id": call_id, "name": "tides", "input": {"port": "Kiel"}}


def result(call_id: str) -> dict[str, Any]:
    return {"type": "tool_result", "tool_use_id": call_id, "content": "14:20"}


def test_claude_code_keeps_parallel_results_on_the_path_and_branches_beside_it(tmp_path: Path) -> None:
    lines = [
        {"type": "summary", "summary": "Tides", "leafUuid": "x"},
        {"type": "file-history-snapshot", "messageId": "u", "snapshot": {}},
        code_line("m", None, "user", "Caveat", isMeta=True),
        code_line("u", "m", "user", "When?"),
        code_line("a1", "u", "assistant", [use("c1")]),
        code_line("a2", "a1", "assistant", [use("c2")]),
        code_line("r1", "a1", "user", [result("c1")]),
        code_line("side", None, "user", "Sub task", isSidechain=True),
        code_line("r2", "a2", "user", [result("c2")]),
        code_line("old", "r2", "assistant", [{"type": "text", "text": "At two."}]),
        code_line("a3", "r2", "assistant", [{"type": "text", "text": "At 14:20."}]),
    ]
    found = read(tmp_path, *lines)

    assert found.thread.keys() == ["u", "a1", "a2", "r1", "r2", "a3"]
    assert stored(found)[1:5] == [CALLED[1], CALLED[1], CALLED[2], CALLED[2]]
    assert (found.report.left_out["in branches"], found.report.left_out["hidden"]) == (2, 1)


def test_claude_code_goes_on_after_a_compaction(tmp_path: Path) -> None:
    lines = [
        code_line("u", None, "user", "When?"),
        code_line("b", None, "system", "Compacted", logicalParentUuid="u"),
        code_line("c", "b", "user", "The user asked for the tide.", isCompactSummary=True),
        code_line("a", "c", "assistant", [{"type": "text", "text": "At 14:20."}]),
    ]

    assert stored(read(tmp_path, *lines)) == [
        ("message", "user", "When?"),
        ("claude-code.system", "unknown", "Compacted"),
        ("claude-code.compaction", "unknown", "The user asked for the tide."),
        ("message", "assistant", "At 14:20."),
    ]


ITEMS = [
    {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "When?"}]},
    {"type": "function_call", "call_id": "c1", "name": "tides", "arguments": '{"port":"Kiel"}'},
    {"type": "function_call_output", "call_id": "c1", "output": "14:20"},
    {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "At 14:20."}]},
]


def test_codex_reads_items_and_not_the_events_that_repeat_them(tmp_path: Path) -> None:
    meta = {"timestamp": TIME, "type": "session_meta", "payload": {"id": "s1", "timestamp": TIME, "cwd": "/x"}}
    context = {"timestamp": TIME, "type": "turn_context", "payload": {"model": "gpt-5-codex"}}
    event = {"timestamp": TIME, "type": "event_msg", "payload": {"type": "user_message", "message": "When?"}}
    found = read(
        tmp_path, meta, *({"timestamp": TIME, "type": "response_item", "payload": one} for one in ITEMS), event, context
    )

    assert stored(found) == CALLED
    assert found.thread.row["_id"] == "s1"
    assert found.thread.row["meta_data"] == {"source": "codex", "cwd": "/x", "model": "gpt-5-codex"}


def test_codex_of_older_versions_has_bare_items(tmp_path: Path) -> None:
    found = read(tmp_path, {"id": "s1", "timestamp": TIME, "instructions": None}, *ITEMS, {"record_type": "state"})

    assert stored(found) == CALLED


@pytest.mark.parametrize("camel", [True, False])
def test_google_adk_keeps_events_in_both_spellings(tmp_path: Path, camel: bool) -> None:  # noqa: FBT001
    call, answer, app, user = (
        ("functionCall", "functionResponse", "appName", "userId")
        if camel
        else ("function_call", "function_response", "app_name", "user_id")
    )
    used = {call: {"id": "c1", "name": "tides", "args": {"port": "Kiel"}}}
    events = [
        {"id": "e1", "author": "user", "timestamp": 1.5, "content": {"role": "user", "parts": [{"text": "When?"}]}},
        {"id": "e2", "author": "guide", "timestamp": 2, "content": {"role": "model", "parts": [used]}},
        {
            "id": "e3",
            "author": "guide",
            "content": {"role": "user", "parts": [{answer: {"id": "c1", "name": "tides", "response": {"at": 1}}}]},
        },
        {"id": "p", "author": "guide", "partial": True, "content": {"role": "model", "parts": [{"text": "At"}]}},
        {
            "id": "e4",
            "author": "guide",
            "content": {"role": "model", "parts": [{"text": "Moon.", "thought": True}, {"text": "At 14:20."}]},
        },
    ]
    found = read(tmp_path, {"id": "s1", app: "tides", user: "u1", "state": {}, "events": events})

    assert stored(found) == [
        CALLED[0],
        CALLED[1],
        ("function_call_output", "tool", '{"at":1}'),
        ("reasoning", "assistant", "Moon."),
        CALLED[3],
    ]
    assert found.thread.keys() == ["e1", "e2", "e3", "e4", "e4/1"]
    assert found.thread.messages[1]["assistant_id"] == "guide"


UI: list[dict[str, Any]] = [
    {"id": "u", "role": "user", "parts": [{"type": "text", "text": "When?"}]},
    {
        "id": "a",
        "role": "assistant",
        "parts": [
            {"type": "step-start"},
            {
                "type": "tool-tides",
                "toolCallId": "c1",
                "state": "output-available",
                "input": {"port": "Kiel"},
                "output": "14:20",
            },
            {"type": "text", "text": "At 14:20."},
        ],
    },
]
OLD_TOOL = {"toolCallId": "c1", "toolName": "tides", "args": {"port": "Kiel"}, "state": "result", "result": "14:20"}


def test_ai_sdk_in_chats_in_lists_and_in_rows(tmp_path: Path) -> None:
    old = [
        UI[0],
        UI[1]
        | {"parts": [{"type": "tool-invocation", "toolInvocation": OLD_TOOL}, {"type": "text", "text": "At 14:20."}]},
    ]
    for lines in (
        [{"id": "chat", "title": "Tides", "messages": UI}],
        [UI],
        [one | {"chatId": "chat", "createdAt": TIME} for one in UI],
        [old],
    ):
        found = read(tmp_path, *lines)

        assert stored(found) == CALLED
        assert found.thread.keys() == ["u", "a", "a/1", "a/2"]


def test_llama_index_is_read_as_a_file_and_as_a_collection(tmp_path: Path) -> None:
    tool = {"block_type": "tool_call", "tool_call_id": "c1", "tool_name": "tides", "tool_kwargs": {"port": "Kiel"}}
    messages = [
        {"role": "user", "blocks": [{"block_type": "text", "text": "When?"}], "additional_kwargs": {}},
        {"role": "assistant", "blocks": [tool], "additional_kwargs": {}},
        {"role": "tool", "content": "14:20", "additional_kwargs": {"tool_call_id": "c1"}},
        {"role": "assistant", "content": "At 14:20.", "additional_kwargs": {}},
    ]
    documents = [
        {"session_id": "s1", "index": index, "message": one, "created_at": {"$date": 1000}}
        for index, one in enumerate(messages)
    ]

    assert stored(read(tmp_path, {"store": {"s1": messages}, "class_name": "SimpleChatStore"})) == CALLED
    assert stored(read(tmp_path, *reversed(documents))) == CALLED


def test_copilot_is_reversed_and_never_sorted(tmp_path: Path) -> None:
    rows = [
        "\ufeffConversation,Time,Author,Message",
        f'Tides,{TIME},AI,"At 14:20,\nor so."',
        f"Tides,{TIME},Human,When?",
        f"Other,{TIME},Human,Hi",
        f"Tides,{TIME},AI",
    ]
    found = read(tmp_path, *rows)
    first, second = found.threads

    assert first.texts() == [("user", "When?"), ("assistant", "At 14:20,\nor so.")]
    assert (first.row["meta_data"]["title"], second.texts()) == ("Tides", [("user", "Hi")])
    assert len(found.problems) == 1


def test_agno_leaves_out_messages_that_each_run_repeats(tmp_path: Path) -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "tides", "arguments": '{"port":"Kiel"}'}}
    runs = [
        {
            "run_id": "r1",
            "agent_id": "guide",
            "messages": [
                {"id": "0", "role": "system", "content": "Be brief."},
                {"id": "1", "role": "user", "content": "When?", "created_at": 1_760_000_000},
                {"id": "2", "role": "assistant", "tool_calls": [call]},
                {"id": "3", "role": "tool", "tool_call_id": "c1", "content": "14:20", "tool_name": "tides"},
            ],
        },
        {
            "run_id": "r2",
            "agent_id": "guide",
            "messages": [
                {"id": "4", "role": "system", "content": "Be brief."},
                {"id": "1b", "role": "user", "content": "When?", "from_history": True},
                {"id": "5", "role": "assistant", "content": "At 14:20."},
            ],
        },
    ]
    found = read(tmp_path, {"session_id": "s1", "session_type": "agent", "user_id": "u1", "runs": runs})

    assert stored(found) == [("message", "system", "Be brief."), *CALLED]
    assert [row["run_id"] for row in found.thread.messages] == ["r1", "r1", "r1", "r1", "r2"]


def test_langgraph_keeps_the_newest_state(tmp_path: Path) -> None:
    human = {"type": "human", "content": "When?", "id": "h"}
    ai = {
        "lc": 1,
        "type": "constructor",
        "id": ["langchain", "schema", "messages", "AIMessage"],
        "kwargs": {"content": "At 14:20.", "id": "a"},
    }
    states = [
        {
            "values": {"messages": [human, ai]},
            "config": {"configurable": {"thread_id": "t1"}},
            "created_at": "2026-03-02",
        },
        {"values": {"messages": [human]}, "config": {"configurable": {"thread_id": "t1"}}, "created_at": "2026-03-01"},
        {"thread_id": "t2", "checkpoint_id": "1", "checkpoint": {"$binary": "x"}},
    ]
    found = read(tmp_path, *states)

    assert (found.thread.texts(), found.thread.keys()) == ([("user", "When?"), ("assistant", "At 14:20.")], ["h", "a"])
    assert "binary" in found.problems[0]


@pytest.mark.parametrize("content", [[None], 10**30])
def test_an_odd_state_of_langgraph_costs_its_own_thread_only(tmp_path: Path, content: Any) -> None:
    states = [
        {"thread_id": name, "values": {"messages": [{"type": "human", "content": said, "id": "h"}]}}
        for name, said in (("odd", content), ("sound", "When?"))
    ]
    found = read(tmp_path, *states)

    assert [thread.row["_id"] for thread in found.threads] == ["sound"]
    assert [problem.split(":")[0] for problem in found.problems] == ["line 1"]
