from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from threadkeep.tests.transfer.importer.read_threads import Reading, read_threads

if TYPE_CHECKING:
    from pathlib import Path


def read(folder: Path, value: Any, branches: str = "active") -> Reading:
    path = folder / "chats"
    path.write_text(json.dumps(value, indent=1))
    return read_threads(path, branches=branches)


def test_grok(tmp_path: Path) -> None:
    def response(name: str, parent: str | None, sender: str, text: str) -> dict[str, Any]:
        inner = {"response_id": name, "parent_response_id": parent, "sender": sender, "message": text}
        return {
            "response": inner
            | {"create_time": "2026-03-01T10:00:00Z", "model": "grok-4" if sender != "human" else None}
        }

    responses = [
        response("a", None, "human", "When?"),
        response("b", "a", "ASSISTANT", "At two."),
        response("c", "a", "assistant", "At 14:20."),
    ]
    facts = {"conversation_id": "c-1", "title": "Tides", "create_time": "2026-03-01T10:00:00Z", "leaf_response_id": "b"}
    found = read(
        tmp_path,
        {"conversations": [{"conversation": facts, "responses": responses}, {"conversation": facts}], "projects": []},
    )

    assert found.thread.texts() == [("user", "When?"), ("assistant", "At two.")]
    assert found.thread.row["meta_data"] == {"source": "grok", "title": "Tides", "model": "grok-4"}
    assert (found.report.left_out["in branches"], len(found.problems)) == (1, 1)


def test_google_ai_studio(tmp_path: Path) -> None:
    chunks = [
        {"role": "user", "text": "When?"},
        {"role": "model", "text": "The moon.", "isThought": True},
        {"role": "model", "functionCall": {"name": "tides", "args": {"port": "Kiel"}}},
        {"role": "user", "functionResponse": {"name": "tides", "response": {"at": "14:20"}}},
        {"role": "model", "parts": [{"text": "At "}, {"text": "14:20."}]},
        {"role": "user", "driveDocument": {"id": "doc-1"}},
    ]
    chat = {
        "runSettings": {"model": "models/gemini-3-pro"},
        "systemInstruction": {"parts": [{"text": "Be brief."}]},
        "chunkedPrompt": {"chunks": chunks},
    }
    found = read(tmp_path, chat)
    rows = found.thread.messages

    assert [(row["type"], row["content"]) for row in rows] == [
        ("message", "Be brief."),
        ("message", "When?"),
        ("reasoning", "The moon."),
        ("function_call", 'tides({"port":"Kiel"})'),
        ("function_call_output", '{"at":"14:20"}'),
        ("message", "At 14:20."),
        ("message", ""),
    ]
    assert rows[4]["tool_call_id"] == rows[3]["item"]["call_id"]
    assert (found.thread.row["meta_data"]["model"], found.report.files_referenced) == ("gemini-3-pro", 1)


def test_chatbot_ui(tmp_path: Path) -> None:
    messages = [{"role": "user", "type": "text", "content": "When?"}, {"role": "assistant", "content": "Now."}]
    chat = {"id": "h1", "name": "Tides", "messages": messages, "model": {"id": "gpt-4"}, "prompt": "Be brief."}
    found = read(tmp_path, {"version": 4, "history": [chat], "folders": [], "prompts": [{"id": "p", "content": "x"}]})

    assert found.thread.texts() == [("system", "Be brief."), ("user", "When?"), ("assistant", "Now.")]
    assert found.thread.row["meta_data"] == {"source": "chatbot-ui", "title": "Tides", "model": "gpt-4"}
