"""Readers meet values of any form and links in any direction: an odd value costs itself, and no reader fails on one."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from threadkeep.tests.transfer.importer.formats.chatgpt_export import chat, content, message, node
from threadkeep.tests.transfer.importer.read_threads import read_threads
from threadkeep.transfer import FORMATS

if TYPE_CHECKING:
    from pathlib import Path

ODD: list[Any] = [
    None,
    True,
    0,
    -1,
    10**30,
    1e300,
    "",
    "x",
    "\0",
    [],
    {},
    [None],
    [[]],
    {"a": 1},
    [{}],
    {"type": []},
    "a" * 300,
]
TOOL = {"type": "function", "id": "c", "function": {"name": "f", "arguments": "{}"}}
FIXTURES: dict[str, Any] = {
    "chatgpt": [
        chat(
            node(
                "a",
                "root",
                message("a", "user", "Hi.", {"content_type": "image_asset_pointer", "asset_pointer": "x://y"}),
            ),
            node("b", "a", message("b", "assistant", **content("code", text="1"), recipient="python")),
            node("c", "b", message("c", "tool", **content("execution_output", text="1"))),
            node(
                "d", "b", message("d", "assistant", **content("thoughts", thoughts=[{"summary": "s", "content": "c"}]))
            ),
        )
    ],
    "openai-assistants": {
        "thread": {"id": "t", "metadata": {}},
        "messages": {
            "data": [{"object": "thread.message", "id": "m", "role": "user", "content": []}],
            "has_more": False,
        },
        "steps": [
            {"object": "thread.run.step", "thread_id": "t", "run_id": "r", "step_details": {"tool_calls": [TOOL]}}
        ],
    },
    "openai-conversations": {
        "conversation": {"id": "c"},
        "items": [{"type": "function_call", "call_id": "c", "name": "f", "id": "i"}],
    },
    "claude-ai": [
        {
            "uuid": "u",
            "name": "n",
            "account": {"uuid": "a"},
            "chat_messages": [
                {
                    "uuid": "m",
                    "sender": "human",
                    "content": [{"type": "tool_result", "content": [{"type": "text", "text": "x"}]}],
                }
            ],
        }
    ],
    "librechat": {
        "conversationId": "c",
        "messages": [
            {
                "messageId": "m",
                "content": [{"type": "tool_call", "tool_call": {"id": "x", "args": "{}"}}],
                "children": [],
            }
        ],
    },
    "open-webui": [
        {
            "id": "c",
            "chat": {"history": {"currentId": "a", "messages": {"a": {"role": "user", "content": "x", "output": []}}}},
        }
    ],
    "langchain": [
        {
            "SessionId": "s",
            "History": {"type": "ai", "data": {"content": [{"type": "text", "text": "x"}], "tool_calls": []}},
        }
    ],
    "openai-agents": [{"session_id": "s", "seq": 1, "message_data": [json.dumps({"role": "user", "content": "x"})]}],
    "chat-rows": [{"messages": [{"role": "assistant", "content": None, "tool_calls": [TOOL]}], "tools": []}],
    "claude-code": [
        {"type": "user", "uuid": "u", "parentUuid": None, "sessionId": "s", "message": {"content": [{"type": "text"}]}}
    ],
    "codex": [
        {"type": "session_meta", "payload": {"id": "s"}},
        {"type": "response_item", "payload": {"type": "message", "content": []}},
    ],
    "google-adk": [
        {"id": "s", "appName": "a", "events": [{"id": "e", "author": "user", "content": {"parts": [{"text": "x"}]}}]}
    ],
    "ai-sdk": [{"id": "c", "messages": [{"id": "m", "role": "user", "parts": [{"type": "tool-x", "input": {}}]}]}],
    "llama-index": {
        "store": {"s": [{"role": "user", "blocks": [{"block_type": "text", "text": "x"}], "additional_kwargs": {}}]}
    },
    "agno": [{"session_id": "s", "runs": [{"run_id": "r", "messages": [{"role": "user", "content": "x", "id": "1"}]}]}],
    "langgraph": [{"thread_id": "t", "values": {"messages": [{"type": "human", "content": "x", "id": "1"}]}}],
    "gemini": {
        "chunkedPrompt": {"chunks": [{"role": "user", "text": "x", "functionCall": {"name": "f"}}]},
        "runSettings": {},
    },
    "grok": {
        "conversations": [{"conversation": {"conversation_id": "c"}, "responses": [{"response": {"response_id": "r"}}]}]
    },
    "chatbot-ui": {"version": 4, "history": [{"id": "h", "messages": [{"role": "user", "content": "x"}]}]},
    "chatbox": {
        "chat-sessions": [{"id": "old", "name": "n", "messages": [{"id": "o", "role": "user", "content": "x"}]}],
        "chat-sessions-list": [{"id": "s"}],
        "session:s": {
            "id": "s",
            "messages": [
                {"id": "u", "role": "user", "contentParts": [{"type": "text", "text": "x"}], "files": [{"id": "f"}]},
                {
                    "id": "a",
                    "role": "assistant",
                    "contentParts": [{"type": "tool-call", "state": "result", "toolCallId": "c", "result": {}}],
                },
            ],
            "threads": [{"name": "t", "messages": [{"id": "t", "content": "x", "pictures": [{"url": "y"}]}]}],
            "messageForksHash": {"u": {"lists": [{"messages": [{"id": "b", "content": "x"}]}, {"messages": []}]}},
        },
    },
}


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of all values in a value."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, member in members for place in places(member, (*path, key)))]


def changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    inner = value
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = new
    return value


def relinked(value: Any, path: tuple[Any, ...], data: st.DataObject) -> Any:
    """Give a value the id of another place, give a member another name, or repeat a member of a list."""
    texts = ["", *(one for one in _texts(value) if len(one) < 100)]
    *above, last = path
    inner = value
    for step in above:
        inner = inner[step]
    if isinstance(inner, list):
        inner.insert(last, copy.deepcopy(inner[last]))
    elif data.draw(st.booleans()):
        inner[last] = data.draw(st.sampled_from(texts))
    else:
        inner[data.draw(st.sampled_from(texts))] = inner.pop(last)
    return value


def _texts(value: Any) -> list[str]:
    """All texts and names in a value."""
    if isinstance(value, dict):
        return [text for name, member in value.items() for text in (name, *_texts(member))]
    if isinstance(value, list):
        return [text for member in value for text in _texts(member)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("name", FIXTURES)
@settings(max_examples=20, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_reader_fails_on_a_value_of_another_form(tmp_path: Path, name: str, data: st.DataObject) -> None:
    value = copy.deepcopy(FIXTURES[name])
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.sampled_from(places(value)))
        if place and data.draw(st.booleans()):
            value = relinked(value, place, data)
        else:
            value = changed(value, place, copy.deepcopy(data.draw(st.sampled_from(ODD))))
    lines = value if isinstance(value, list) and data.draw(st.booleans()) else [value]
    (tmp_path / "file").write_text("\n".join(map(json.dumps, lines)))

    found = read_threads(tmp_path / "file", branches="all")

    assert not any(problem.startswith("the rest of the file:") for problem in found.problems)
    assert all(len(problem) < 3000 and "\n" not in problem for problem in found.problems)


@pytest.mark.parametrize("name", [one.name for one in FORMATS if one.name != "copilot"])
def test_every_fixture_is_recognised(tmp_path: Path, name: str) -> None:
    """Copilot's export is no JSON."""
    (tmp_path / "file").write_text(json.dumps(FIXTURES[name]))
    found = read_threads(tmp_path / "file")

    assert found.report.formats == [name]
    assert found.problems == []
