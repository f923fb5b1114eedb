from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from threadkeep.tests.transfer.importer.read_threads import Reading, read_threads

if TYPE_CHECKING:
    from pathlib import Path

ASKED = {
    "id": "a",
    "parentId": None,
    "childrenIds": ["b"],
    "role": "user",
    "content": "When?",
    "timestamp": 1_760_000_000,
}
ANSWER = {"id": "b", "parentId": "a", "role": "assistant", "model": "llama3", "timestamp": 1_760_000_005}


def chat(*messages: dict[str, Any], current: str | None = "b", **more: Any) -> dict[str, Any]:
    history = {"currentId": current, "messages": {one["id"]: one for one in messages}}
    return {"title": "Tides", "models": ["llama3"], "history": history, "messages": []} | more


def row(value: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": "chat-1", "user_id": "u1", "title": "Tides", "chat": value, "created_at": 1_760_000_000} | more


def read(folder: Path, value: Any, branches: str = "active") -> Reading:
    path = folder / "chats"
    path.write_text(json.dumps(value))
    return read_threads(path, branches=branches)


def test_all_chats_and_a_bare_chat_are_read(tmp_path: Path) -> None:
    value = chat(ASKED, ANSWER | {"content": "At 14:20."})
    for source, thread_id in (([row(value)], "chat-1"), (value | {"id": "bare"}, "bare")):
        thread = read(tmp_path, source).thread

        assert thread.row["_id"] == thread_id
        assert thread.texts() == [("user", "When?"), ("assistant", "At 14:20.")]
        assert (thread.row["meta_data"]["title"], thread.row["meta_data"]["model"]) == ("Tides", "llama3")
        assert int(thread.messages[1]["created_at"].timestamp()) == 1_760_000_005


def test_output_is_preferred_to_the_content_that_repeats_it(tmp_path: Path) -> None:
    output = [
        {"type": "reasoning", "id": "r", "content": [{"type": "output_text", "text": "Moon."}], "summary": None},
        {"type": "function_call", "id": "f", "call_id": "call_1", "name": "tides", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "call_1", "output": [{"type": "input_text", "text": "14:20"}]},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "At 14:20."}]},
    ]
    answer = ANSWER | {"output": output, "content": '<details type="reasoning">Moon.</details>At 14:20.'}
    rows = read(tmp_path, [row(chat(ASKED, answer))]).thread.messages

    assert [(one["type"], one["content"], one["client_id"]) for one in rows[1:]] == [
        ("reasoning", "Moon.", "b"),
        ("function_call", "tides({})", "b/1"),
        ("function_call_output", "14:20", "b/2"),
        ("message", "At 14:20.", "b/3"),
    ]


def test_details_of_older_versions_become_reasoning_and_calls(tmp_path: Path) -> None:
    content = (
        '<details type="reasoning" done="true" duration="3">\n<summary>Thought for 3 seconds</summary>\n'
        "&gt; The moon\n&gt; pulls.\n</details>\n"
        '<details type="tool_calls" done="true" id="call_1" name="tides" arguments="&quot;{\\&quot;port\\&quot;: 1}&quot;" '
        'result="&quot;14:20&quot;" files="">\n<summary>Tool Executed</summary>\n</details>\nAt 14:20.'
    )
    rows = read(tmp_path, [row(chat(ASKED, ANSWER | {"content": content}))]).thread.messages

    assert [(one["type"], one["content"]) for one in rows[1:]] == [
        ("reasoning", "The moon\npulls."),
        ("function_call", 'tides({"port": 1})'),
        ("function_call_output", "14:20"),
        ("message", "At 14:20."),
    ]


def test_damaged_parents_and_a_lost_current_message_are_survived(tmp_path: Path) -> None:
    circle: list[dict[str, Any]] = [ASKED | {"parentId": "b"}, ANSWER | {"content": "Yes."}]
    lost: list[dict[str, Any]] = [ASKED, ANSWER | {"content": "Yes.", "parentId": "gone"}]

    assert {one for _, one in read(tmp_path, [row(chat(*circle))]).thread.texts()} == {"When?", "Yes."}
    assert [one for _, one in read(tmp_path, [row(chat(*lost, current="nothing"))]).thread.texts()] == ["When?", "Yes."]


def test_branches_and_users_are_kept_apart(tmp_path: Path) -> None:
    other = ANSWER | {"id": "c", "content": "At two."}
    value = [
        row(chat(ASKED, ANSWER | {"content": "Yes."}, other)),
        row(chat(ASKED, current="a"), id="chat-2", user_id="u2"),
    ]
    found = read(tmp_path, value, branches="all")

    assert [thread.keys() for thread in found.threads] == [["a", "b"], ["c"], ["a"]]
    assert len({thread.row["owner_id"] for thread in found.threads}) == 2


def test_images_are_parts_and_files_are_named(tmp_path: Path) -> None:
    files = [{"type": "image", "url": "data:image/png;base64,AA=="}, {"type": "file", "id": "f1", "name": "a.pdf"}]
    found = read(tmp_path, [row(chat(ASKED | {"files": files}, current="a"))])
    [message] = found.thread.messages

    assert message["parts"][1] == {"type": "input_image", "image_url": "data:image/png;base64,AA==", "detail": "auto"}
    assert message["attachments"] == [{"file_id": "f1", "name": "a.pdf"}]
    assert found.report.files_referenced == 1
