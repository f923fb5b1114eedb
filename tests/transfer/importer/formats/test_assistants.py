from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.tests.transfer.conversations import openai_message
from threadkeep.tests.transfer.importer.read_threads import Reading, read_threads

if TYPE_CHECKING:
    from pathlib import Path

THREAD = {"id": "thread_abc", "object": "thread", "created_at": 1_700_000_000, "metadata": {"plan": "pro"}}
M1, M2, M3 = (openai_message(n, role=role) for n, role in ((1, "user"), (2, "assistant"), (3, "user")))
IN_ORDER = ["number 1", "number 2", "number 3"]


def page(*messages: Any, has_more: bool = False) -> dict[str, Any]:
    return {"object": "list", "data": [*messages], "first_id": "a", "last_id": "b", "has_more": has_more}


def flat(number: int, **more: Any) -> dict[str, Any]:
    role = "user" if number % 2 else "assistant"
    return {"thread_id": "thread_abc", "role": role, "text": f"number {number}", "created_at": number} | more


def read(folder: Path, *lines: Any) -> Reading:
    path = folder / "dump"
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines))
    return read_threads(path)


SHAPES: dict[str, tuple[Any, ...]] = {
    "a bare list": ([M1, M2, M3],),
    "a page, newest first": (page(M3, M2, M1),),
    "pages, newest first": (page(M3, M2), page(M1)),
    "pages of a thread": (page(M2, M1), page(M3)),
    "a list of pages": ([page(M3), page(M2, M1)],),
    "one message a line": (M1, M2, M3),
    "one message a line, newest first": (M3, M2, M1),
    "thread and messages with runs": ({"thread": THREAD, "messages": page(M3, M2, M1), "runs": []},),
    "thread with messages": ({**THREAD, "messages": [M3, M2, M1]},),
    "lists by thread id": ({"thread_abc": [M1, M2, M3], "thread_none": []},),
    "lists by thread id, newest first": ({"thread_abc": [M3, M2, M1]},),
    "lists beside each other": ({"threads": [THREAD], "messages": [M3, M2, M1], "runs": []},),
    "flat rows": (flat(1), flat(2), flat(3)),
    "a list of flat rows": ([flat(1), flat(2), flat(3)],),
    "flat rows with ISO times, newest first": ([flat(n, created_at=f"2024-05-0{n}T00:00:00Z") for n in (3, 2, 1)],),
    "indented": (json.dumps([M1, M2, M3], indent=2),),
}


@pytest.mark.parametrize("lines", SHAPES.values(), ids=SHAPES)
def test_every_shape_of_a_dump_gives_the_thread_in_order(tmp_path: Path, lines: tuple[Any, ...]) -> None:
    found = read(tmp_path, *lines)

    assert found.problems == []
    assert found.thread.row["_id"] == "thread_abc"
    assert [row["content"] for row in found.thread.messages] == IN_ORDER
    assert found.report.notes == []


def test_rows_of_several_threads_may_alternate(tmp_path: Path) -> None:
    other = [flat(number, thread_id="thread_two", text="other") for number in (1, 2)]
    found = read(tmp_path, flat(1), other[0], flat(2), other[1], flat(3))

    assert [thread.row["_id"] for thread in found.threads] == ["thread_abc", "thread_two"]
    assert [row["content"] for row in found.threads[0].messages] == IN_ORDER


def test_messages_keep_their_ids_and_fields(tmp_path: Path) -> None:
    found = read(tmp_path, [M1 | {"run_id": "run_1", "assistant_id": "asst_1", "metadata": {"grade": "A"}, "score": 3}])
    [row] = found.thread.messages

    assert (row["_id"], row["client_id"], row["run_id"], row["assistant_id"]) == (M1["id"], M1["id"], "run_1", "asst_1")
    assert (row["meta_data"], row["status"]) == ({"grade": "A", "score": 3}, "completed")


def test_the_first_version_of_the_api_and_null_fields_are_understood(tmp_path: Path) -> None:
    old = {name: value for name, value in M1.items() if name not in ("attachments", "status")}
    old |= {"file_ids": ["file-1"], "metadata": None, "status": None, "run_id": None}
    found = read(tmp_path, [old, M2 | {"content": None, "attachments": None, "metadata": None, "status": None}])

    assert found.problems == []
    assert [row["attachments"] for row in found.thread.messages] == [[{"file_id": "file-1"}], []]


@pytest.mark.parametrize("shape", [page, lambda *messages: [*messages]], ids=["page", "list"])
def test_messages_of_one_second_are_assumed_to_be_newest_first(tmp_path: Path, shape: Any) -> None:
    tied = [openai_message(n, role=role, created_at=7) for n, role in ((1, "user"), (2, "assistant"))]
    found = read(tmp_path, shape(*reversed(tied)))

    assert [row["content"] for row in found.thread.messages] == IN_ORDER[:2]
    assert "it is assumed" in found.report.notes[0]


def test_a_list_that_was_cut_is_named(tmp_path: Path) -> None:
    found = read(tmp_path, page(M2, M1, has_more=True))

    assert len(found.thread.messages) == 2
    assert found.report.notes == ["line 1: the list was cut: `has_more` is true, so messages are missing"]


def test_tool_calls_of_run_steps_stand_before_the_answer(tmp_path: Path) -> None:
    weather = {"id": "call_1", "type": "function", "function": {"name": "tide", "arguments": "{}", "output": "14:20"}}
    code = {"id": "call_2", "type": "code_interpreter"}
    code["code_interpreter"] = {"input": "1+1", "outputs": [{"type": "logs", "logs": "2"}]}  # type: ignore[assignment]
    step = {"object": "thread.run.step", "run_id": "run_1", "thread_id": "thread_abc", "assistant_id": "asst_1"}
    calls = step | {
        "id": "step_1",
        "created_at": 1_700_000_001,
        "step_details": {"type": "tool_calls", "tool_calls": [weather, code]},
    }
    made = {"type": "message_creation", "message_creation": {"message_id": M2["id"]}}
    written = step | {"id": "step_2", "created_at": 1_700_000_002, "step_details": made}
    run = {
        "object": "thread.run",
        "id": "run_1",
        "thread_id": "thread_abc",
        "created_at": 1_700_000_001,
        "model": "gpt-4o",
    }
    found = read(tmp_path, {"thread": THREAD, "messages": [M1, M2, M3], "runs": [run], "steps": [written, calls]})
    rows = found.thread.messages

    assert [row["type"] for row in rows] == [
        *(
            "message",
            "function_call",
            "function_call_output",
            "function_call",
            "function_call_output",
            "message",
            "message",
        ),
    ]
    assert [row["client_id"] for row in rows[1:5]] == ["step_1", "step_1/1", "step_1/2", "step_1/3"]
    assert rows[1]["tool_calls"][0]["function"] == {"name": "tide", "arguments": "{}"}
    assert [(row["tool_call_id"], row["content"]) for row in (rows[2], rows[4])] == [
        ("call_1", "14:20"),
        ("call_2", "2"),
    ]
    assert rows[3]["run_id"] == "run_1"
    assert found.thread.row["meta_data"] == {"plan": "pro", "source": "openai-assistants", "model": "gpt-4o"}


def test_files_of_one_dump_are_read_together(tmp_path: Path) -> None:
    for name, value in (("messages.json", [M1, M2]), ("threads.json", [THREAD]), ("later.json", [M3])):
        (tmp_path / name).write_text(json.dumps(value))

    found = read_threads(tmp_path)

    assert found.thread.row["meta_data"]["plan"] == "pro"
    assert [row["content"] for row in found.thread.messages] == IN_ORDER


def test_a_damaged_message_costs_its_thread_and_a_damaged_line_itself(tmp_path: Path) -> None:
    bad = flat(1, thread_id="thread_bad", role=[])
    found = read(tmp_path, M1, "{oops", bad, flat(1, thread_id="thread_bad2", role="wizard"), M2)

    assert [thread.row["_id"] for thread in found.threads] == ["thread_abc"]
    assert len(found.problems) == 3


def test_a_native_list_with_iso_times_is_reversed_and_a_cut_one_named(tmp_path: Path) -> None:
    iso = [one | {"created_at": f"2024-01-0{n}T00:00:00Z"} for n, one in ((3, M3), (2, M2), (1, M1))]
    found = read(tmp_path, {"thread": {"id": "thread_abc"}, "messages": page(*iso, has_more=True)})

    assert [row["content"] for row in found.thread.messages] == IN_ORDER
    assert "has_more" in found.report.notes[0]
