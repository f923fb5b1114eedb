"""Chatbox, and the special messages of its export. The shape is that of `src/shared/types/session.ts` of Chatbox."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from threadkeep.tests.transfer.importer.read_threads import Reading, read_threads
from threadkeep.transfer import import_file

if TYPE_CHECKING:
    from pathlib import Path

    from threadkeep.keep import Threadkeep
    from threadkeep.tests.transfer.conftest import Write

TIME = 1_772_359_200_000  # 2026-03-01, in milliseconds


def said(name: str, role: str, *parts: Any, **more: Any) -> dict[str, Any]:
    shown = [{"type": "text", "text": part} if isinstance(part, str) else part for part in parts]
    return {"id": name, "role": role, "contentParts": shown, "timestamp": TIME, **more}


QUESTION = said("u1", "user", "When?")
ANSWER = said("a1", "assistant", "At 14:20.", model="GPT-5")


def session(*messages: Any, name: str = "s1", **more: Any) -> dict[str, Any]:
    return {"id": name, "name": "Tides", "type": "chat", "messages": list(messages), **more}


def export(*sessions: dict[str, Any], **more: Any) -> dict[str, Any]:
    members = {f"session:{one['id']}": one for one in sessions}
    listed = [{"id": one["id"], "name": one["name"]} for one in sessions]
    return {"settings": {"theme": 1}, **more, "chat-sessions-list": listed, **members, "__exported_items": ["a"]}


def read(folder: Path, value: Any, branches: str = "active") -> Reading:
    path = folder / "file"
    path.write_text(json.dumps(value))
    return read_threads(path, branches=branches)


def test_each_session_becomes_a_thread(tmp_path: Path) -> None:
    found = read(
        tmp_path, export(session(QUESTION, ANSWER, settings={"modelId": "gpt-5"}), session(QUESTION, name="s2"))
    )
    first, second = found.threads

    assert found.report.formats == ["chatbox"]
    assert (first.row["_id"], second.row["_id"], found.problems) == ("s1", "s2", [])
    assert first.texts() == [("user", "When?"), ("assistant", "At 14:20.")]
    assert first.keys() == ["u1", "a1"]
    assert first.row["meta_data"] == {"source": "chatbox", "title": "Tides", "model": "gpt-5"}
    assert first.messages[1]["meta_data"] == {"model": "GPT-5"}
    assert first.messages[0]["created_at"].isoformat() == "2026-03-01T10:00:00"


def test_reasoning_calls_and_texts_are_messages_in_their_order(tmp_path: Path) -> None:
    called = {"type": "tool-call", "state": "result", "toolCallId": "c1", "toolName": "tides", "args": {"port": "Kiel"}}
    answer = said(
        "a1", "assistant", {"type": "reasoning", "text": "Moon."}, "Wait.", called | {"result": "14:20"}, "At 14:20."
    )
    rows = read(tmp_path, export(session(answer))).thread.messages

    assert [(row["type"], row["role"], row["content"]) for row in rows] == [
        ("reasoning", "assistant", "Moon."),
        ("message", "assistant", "Wait."),
        ("function_call", "assistant", 'tides({"port":"Kiel"})'),
        ("function_call_output", "tool", "14:20"),
        ("message", "assistant", "At 14:20."),
    ]
    assert [row["client_id"] for row in rows] == ["a1", "a1/1", "a1/2", "a1/3", "a1/4"]


def test_messages_of_old_versions_have_their_text_in_content(tmp_path: Path) -> None:
    old = {"id": "u1", "role": "user", "content": "When?", "pictures": [{"storageKey": "picture:1"}]}
    placeholder = said("a1", "assistant", "...", content="At 14:20.", reasoningContent="Moon.")
    found = read(tmp_path, export(session(old, placeholder)))

    assert [row["content"] for row in found.thread.messages] == ["When?", "Moon.", "At 14:20."]
    assert found.thread.messages[0]["attachments"] == [{"file_id": "picture:1", "name": "picture:1"}]


def test_files_and_images_keep_their_names_and_are_counted(tmp_path: Path) -> None:
    image = {"type": "image", "storageKey": "picture:1", "ocrResult": "14:20"}
    only_image = said("u1", "user", image, files=[{"id": "f1", "name": "tides.pdf", "storageKey": "file:1"}])
    found = read(tmp_path, export(session(only_image)))
    [row] = found.thread.messages

    assert row["attachments"] == [
        {"file_id": "file:1", "name": "tides.pdf"},
        {"file_id": "picture:1", "name": "picture:1", "text": "14:20"},
    ]
    assert (row["content"], found.report.files_referenced) == ("", 2)


def test_only_the_last_message_may_be_unfinished(tmp_path: Path) -> None:
    stuck, last = said("a1", "assistant", "At", generating=True), said("a2", "assistant", "A", generating=True)
    found = read(tmp_path, export(session(QUESTION, stuck, said("u2", "user", "And?"), last)))

    assert found.thread.keys() == ["u1", "a1", "u2"]
    assert found.thread.messages[1]["status"] == "incomplete"
    assert found.report.left_out == {"unfinished": 1}


def test_empty_messages_are_counted_and_missing_times_inferred(tmp_path: Path) -> None:
    timeless = said("a1", "assistant", "At 14:20.", timestamp=None)
    failed = said("a2", "assistant", "", error="no network")
    found = read(tmp_path, export(session(QUESTION, timeless, failed)))

    assert found.thread.keys() == ["u1", "a1"]
    assert (found.report.left_out, found.report.times_inferred) == ({"empty": 1}, 1)


def test_a_summary_is_bookkeeping(tmp_path: Path) -> None:
    summary = said("z", "assistant", "The user asked for the tide.", isSummary=True)
    row = read(tmp_path, export(session(QUESTION, ANSWER, summary))).thread.messages[-1]

    assert (row["type"], row["role"], row["content"]) == ("chatbox.summary", "unknown", "The user asked for the tide.")


def forked() -> dict[str, Any]:
    """At u1, the second of two paths is shown. The other one has two paths of its own behind u2."""
    other = [said("b1", "assistant", "At two."), said("u2", "user", "Sure?"), said("b2", "assistant", "Yes.")]
    nested = {"lists": [{"id": "n1", "messages": []}, {"id": "n2", "messages": [said("b3", "assistant", "No.")]}]}
    lists = [{"id": "l1", "messages": other}, {"id": "l2", "messages": []}]
    return session(QUESTION, ANSWER, messageForksHash={"u1": {"position": 1, "lists": lists}, "u2": nested})


def test_forks_are_left_out_or_branches(tmp_path: Path) -> None:
    active = read(tmp_path, export(forked()))
    threads = {tuple(thread.keys()): thread.row for thread in read(tmp_path, export(forked()), "all").threads}

    assert active.thread.keys() == ["u1", "a1"]
    assert active.report.left_out == {"in branches": 4}
    assert {keys: row["meta_data"].get("branch_at") for keys, row in threads.items()} == {
        ("u1", "a1"): None,
        ("b1", "u2", "b3"): "u1",
        ("b2",): "u2",
    }
    assert threads[("b2",)]["meta_data"]["branch_of"] == threads[("b1", "u2", "b3")]["_id"]


def test_threads_of_a_session_stand_before_its_current_messages(tmp_path: Path) -> None:
    """Chatbox shows them so. Their times may be later, if somebody went back to an older thread."""
    older = {"id": "t1", "name": "Ebb", "createdAt": TIME, "messages": [said("u0", "user", "Ebb?", timestamp=TIME + 9)]}
    found = read(tmp_path, export(session(QUESTION, threads=[older], threadName="Flood")))

    assert found.thread.keys() == ["u0", "u1"]
    assert [row["meta_data"]["thread"] for row in found.thread.messages] == ["Ebb", "Flood"]


def test_a_new_session_is_preferred_to_its_old_copy(tmp_path: Path) -> None:
    changed = session(said("x", "user", "Edited since."), name="s1")
    found = read(tmp_path, {"chat-sessions": [changed, session(QUESTION, name="old")], **export(session(QUESTION))})

    assert [(thread.row["_id"], thread.keys()) for thread in found.threads] == [("s1", ["u1"]), ("old", ["u1"])]


def test_a_damaged_session_costs_itself(tmp_path: Path) -> None:
    broken = session({"id": "u1", "contentParts": 5}, name="broken")
    found = read(tmp_path, export(broken, session(QUESTION)) | {"session:none": None})

    assert [thread.row["_id"] for thread in found.threads] == ["s1"]
    assert [problem.split(":")[0] for problem in found.problems] == ["line 1, session", "line 1, session"]
    assert "session:broken" in found.problems[0]


async def test_a_later_export_adds_the_new_messages(keep: Threadkeep, write: Write) -> None:
    unfinished = said("a2", "assistant", "At", generating=True)
    before = export(session(QUESTION, ANSWER, said("u2", "user", "And ebb?"), unfinished))
    finished = [QUESTION, ANSWER, said("u2", "user", "And ebb?"), said("a2", "assistant", "At 8:10.")]
    moved = {"id": "t1", "name": "Tides", "messages": finished}
    after = export(session(said("u3", "user", "Thanks."), threads=[moved]))
    await import_file(keep, write(before))

    again = await import_file(keep, write(before))
    grown = await import_file(keep, write(after))
    page = await keep.message_service.list_messages("s1")

    assert (again.messages, again.messages_present, again.problems) == (0, 3, [])
    assert (grown.threads_grown, grown.messages, grown.messages_present, grown.problems) == (1, 2, 3, [])
    assert [message.content for message in page] == ["When?", "At 14:20.", "And ebb?", "At 8:10.", "Thanks."]
