from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING, Any

from threadkeep.tests.transfer.importer.formats.chatgpt_export import chat, content, line, message, node
from threadkeep.tests.transfer.importer.read_threads import Reading, read_threads
from threadkeep.transfer import import_file

if TYPE_CHECKING:
    from pathlib import Path

    from threadkeep.keep import Threadkeep

TOOL = {"author": {"role": "tool", "name": "python", "metadata": {}}}


def read(folder: Path, *chats: dict[str, Any], branches: str = "active", begin: str = "") -> Reading:
    path = folder / "anything.json"
    path.write_text(begin + json.dumps([*chats]), encoding="utf-8")
    return read_threads(path, branches=branches)


def test_the_path_is_walked_from_the_current_node_up_to_the_root(tmp_path: Path) -> None:
    export = chat(
        node("b", "a", message("b", "assistant", "Hello.", create_time=1)),
        node("c2", "b", message("c2", "user", "Other?")),
        node("a", "root", message("a", "user", "Hi.", create_time=5)),
        node("c1", "b", message("c1", "user", "Tide?")),
        current="c1",
    )

    found = read(tmp_path, export)

    assert found.thread.texts() == [("user", "Hi."), ("assistant", "Hello."), ("user", "Tide?")]
    assert found.thread.keys() == ["a", "b", "c1"]
    assert found.report.left_out["in branches"] == 1


def test_thread_and_messages_keep_title_model_times_and_source(tmp_path: Path) -> None:
    answer = message(
        "b", "assistant", "At 14:20.", metadata={"model_slug": "gpt-5-thinking"}, create_time=1_750_000_003.25
    )
    found = read(tmp_path, chat(node("a", "root", message("a", "user", "When?")), node("b", "a", answer)))
    row, rows = found.thread.row, found.thread.messages

    assert row["_id"] == "6c5fd9b1-0000-4000-8000-000000000001"
    assert row["meta_data"] == {"source": "chatgpt", "title": "Tides", "model": "gpt-5"}
    assert [row[name].isoformat() for name in ("created_at", "updated_at")] == [
        "2025-06-15T15:06:40.500000",
        "2025-06-15T15:06:49.500000",
    ]
    assert rows[1]["created_at"].isoformat() == "2025-06-15T15:06:43.250000"
    assert (rows[1]["meta_data"], rows[1]["status"]) == ({"model": "gpt-5-thinking"}, "completed")


def test_branches_become_threads_of_their_own_messages(tmp_path: Path) -> None:
    export = chat(
        node("a", "root", message("a", "user", "Hi.")),
        node("b", "a", message("b", "assistant", "Hello.")),
        node("x", "a", message("x", "assistant", "Good day.")),
        node("y", "x", message("y", "user", "And?")),
        node("z", "x", message("z", "user", "So?")),
        current="b",
    )

    found = read(tmp_path, export, branches="all")
    main, *branches = [(thread.row, thread.keys()) for thread in found.threads]

    assert main[1] == ["a", "b"]
    assert [keys for _, keys in branches] == [["x", "z"], ["y"]]
    origins = [(row["meta_data"]["branch_of"], row["meta_data"]["branch_at"]) for row, _ in branches]
    assert origins == [(main[0]["_id"], "a"), (branches[0][0]["_id"], "x")]
    assert found.report.left_out["in branches"] == 0


def test_a_tool_call_has_the_id_of_its_node_and_its_output_answers_it(tmp_path: Path) -> None:
    export = chat(
        node("a", "root", message("a", "user", "6 * 7?")),
        node("call", "a", message("call", "assistant", **content("code", text="6 * 7"), recipient="python")),
        node("out", "call", message("out", "tool", **content("execution_output", text="42"), **TOOL)),
        node("more", "out", message("more", "tool", "and a picture", **TOOL)),
        node("b", "more", message("b", "assistant", "42.")),
    )

    _, call, out, more, answer = read(tmp_path, export).thread.messages

    assert (call["type"], call["role"]) == ("function_call", "assistant")
    assert call["item"] == {
        "type": "function_call",
        "call_id": "call",
        "name": "python",
        "arguments": '{"input":"6 * 7"}',
    }
    assert call["tool_calls"] == [
        {"id": "call", "type": "function", "function": {"name": "python", "arguments": '{"input":"6 * 7"}'}}
    ]
    assert (out["type"], out["role"], out["tool_call_id"], out["tool_id"]) == (
        *("function_call_output", "tool", "call", "python"),
    )
    assert (out["content"], more["tool_call_id"], answer["type"]) == ("42", "call", "message")


def test_every_content_type_keeps_its_words(tmp_path: Path) -> None:
    image = {"content_type": "image_asset_pointer", "asset_pointer": "sediment://file_7", "width": 8}
    spoken = {"content_type": "audio_transcription", "text": "hello", "direction": "in"}
    thought = {"summary": "Looking at the moon", "content": "The moon pulls.", "chunks": []}
    kinds: list[dict[str, Any]] = [
        message(
            "1", "user", **content("user_editable_context", user_profile="A sailor.", user_instructions="Be brief.")
        ),
        message("2", "user", **content("multimodal_text", parts=["Look", image, spoken])),
        message("3", "assistant", **content("thoughts", thoughts=[thought])),
        message("4", "assistant", **content("reasoning_recap", content="Thought for 5 seconds")),
        message("5", "tool", **content("tether_quote", url="u", title="t", text="A quote."), **TOOL),
        message("6", "assistant", **content("code", language="python", text="print()")),
        message("7", "assistant", **content("something_new", payload={"a": 1})),
    ]
    parents = ["root", *map(str, range(1, 7))]
    found = read(tmp_path, chat(*(node(one["id"], parent, one) for one, parent in zip(kinds, parents, strict=True))))
    rows = found.thread.messages

    assert [(row["type"], row["role"], row["content"]) for row in rows] == [
        ("message", "system", "A sailor.\n\nBe brief."),
        ("message", "user", "Look\n\nhello"),
        ("reasoning", "assistant", "Looking at the moon\nThe moon pulls."),
        ("chatgpt.reasoning_recap", "unknown", "Thought for 5 seconds"),
        ("message", "tool", "A quote."),
        ("message", "assistant", "print()"),
        ("chatgpt.something_new", "unknown", ""),
    ]
    assert rows[0]["meta_data"] == {"hidden": True}
    assert rows[1]["parts"][1] == {"type": "input_image", "file_id": "file_7", "detail": "auto"}
    assert rows[2]["item"]["content"] == [{"type": "reasoning_text", "text": "The moon pulls."}]
    assert rows[6]["item"]["payload"] == {"a": 1}
    assert found.report.files_referenced == 1


def test_hidden_and_empty_messages_are_left_out_and_counted(tmp_path: Path) -> None:
    hidden = {"metadata": {"is_visually_hidden_from_conversation": True}}
    export = chat(
        node("s", "root", message("s", "system", "", **hidden)),
        node("t", "s", message("t", "system", "Rules", **hidden)),
        node("a", "t", message("a", "user", "Hi.")),
    )

    found = read(tmp_path, export)

    assert found.thread.texts() == [("user", "Hi.")]
    assert (found.report.left_out["empty"], found.report.left_out["hidden"]) == (1, 1)


def test_missing_times_are_those_of_the_message_before_and_counted(tmp_path: Path) -> None:
    export = chat(
        node("a", "root", message("a", "user", "Hi.", create_time=None)),
        node("b", "a", message("b", "assistant", "Hello.", create_time=1_750_000_100)),
        node("c", "b", message("c", "user", "Bye.", create_time=None)),
    )

    found = read(tmp_path, export)

    assert [int(row["created_at"].timestamp()) - 1_750_000_000 for row in found.thread.messages] == [0, 100, 100]
    assert found.report.times_inferred == 2


def test_a_damaged_conversation_costs_only_itself(tmp_path: Path) -> None:
    damaged = [{"title": "no mapping", "conversation_id": "x"}, {"mapping": {"a": {"message": {"content": 5}}}}, 7]
    circle = chat(
        node("a", "b", message("a", "user", "Hi.")),
        node("b", "a", message("b", "user", "Ho.")),
        conversation_id="circle",
    )
    found = read(tmp_path, *damaged[:1], line(("user", "Hi.")), *damaged[1:], circle, begin="\ufeff")  # type: ignore[arg-type]

    assert [thread.row["_id"][:6] for thread in found.threads] == ["6c5fd9", "circle"]
    assert [problem.split(":")[0] for problem in found.problems] == ["line 1, [0]", "line 1, [2]", "line 1, [3]"]
    assert found.problems[0].endswith("it has no `mapping` of messages")


def test_ids_that_repeat_in_every_conversation_do_not_collide(tmp_path: Path) -> None:
    found = read(tmp_path, line(("user", "Hi.")), line(("user", "Ho."), conversation_id="second"))
    ids = [row["_id"] for thread in found.threads for row in thread.messages]

    assert [thread.keys() for thread in found.threads] == [["m1"], ["m1"]]
    assert len(set(ids)) == 2


def test_a_conversation_without_an_id_has_the_same_derived_ids_wherever_it_stands(tmp_path: Path) -> None:
    nodes = node("a", "root", message("a", "user", "Hi.")), node("b", "root", message("b", "user", "Ho."))
    at_root, at_end = [chat(*nodes, current=current, conversation_id=None) for current in ("root", "b")]
    alone = [read(tmp_path, one, branches="all").threads for one in (at_root, at_end)]
    behind = read(tmp_path, line(("user", "First.")), at_root, at_end, branches="all").threads[1:]

    assert [thread.row["_id"] for thread in behind] == [thread.row["_id"] for found in alone for thread in found]


def test_an_id_that_cannot_be_one_here_is_derived_and_kept_beside(tmp_path: Path) -> None:
    [first, second] = [read(tmp_path, line(("user", "Hi."), conversation_id="chat 1/ä")).thread.row for _ in range(2)]

    assert first["_id"].startswith("thread_")
    assert first["_id"] == second["_id"]
    assert first["meta_data"]["source_id"] == "chat 1/ä"


async def test_a_zip_file_with_shards_is_imported_and_a_second_import_changes_nothing(
    keep: Threadkeep, tmp_path: Path
) -> None:
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("export_manifest.json", json.dumps({"files": ["a", "b"]}))
        archive.writestr("user.json", json.dumps({"id": "u", "email": "a@example.org"}))
        archive.writestr("file-1.png", b"\x89PNG\r\n\x1a\n\0\0")
        archive.writestr("conversations-001.json", json.dumps([line(("user", "Second"), conversation_id="two")]))
        archive.writestr("conversations-000.json", json.dumps([line(("user", "First"), ("assistant", "Yes."))]))

    first = await import_file(keep, path, owner_id="user_ada")
    again = await import_file(keep, path, owner_id="user_ada")
    [thread] = await keep.thread_service.find_threads(meta_data={"title": "Tides"}, limit=1)

    assert (first.conversations, first.threads, first.messages, first.problems) == (2, 2, 3, [])
    assert (again.threads, again.messages, again.threads_present, again.messages_present) == (0, 0, 2, 3)
    assert sorted(first.files_ignored) == [
        f"export.zip/{name}" for name in ("export_manifest.json", "file-1.png", "user.json")
    ]
    assert thread.owner_id == "user_ada"
    assert (await keep.message_service.list_messages("two"))[0].sender_id == "user_ada"
