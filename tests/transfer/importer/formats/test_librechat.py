from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from threadkeep.tests.transfer.importer.read_threads import Reading, read_threads

if TYPE_CHECKING:
    from pathlib import Path

ZERO = "00000000-0000-0000-0000-000000000000"
CHAT = {"conversationId": "c1", "title": "Tides", "endpoint": "openAI", "options": {"model": "gpt-4o"}}


def said(
    name: str, parent: str | None, text: str = "", *, asks: bool = False, at: int = 0, **more: Any
) -> dict[str, Any]:
    fixed = {"messageId": name, "parentMessageId": parent, "text": text, "isCreatedByUser": asks}
    return fixed | {"createdAt": f"2026-03-01T10:00:{at:02d}.000Z", "conversationId": "c1"} | more


ASKED = said("a", ZERO, "When?", asks=True)
FIRST = said("b", "a", "At two.", at=1)
AGAIN = said("c", "a", "At 14:20.", at=2)


def read(folder: Path, *lines: Any, branches: str = "active") -> Reading:
    path = folder / "chat"
    path.write_text("\n".join(map(json.dumps, lines)))
    return read_threads(path, branches=branches)


def nested(message: dict[str, Any], *children: dict[str, Any]) -> dict[str, Any]:
    return message | {"children": [*children]}


def test_lists_and_trees_give_the_newest_path(tmp_path: Path) -> None:
    for name, messages in (
        ("messages", [ASKED, AGAIN, FIRST]),
        ("messages", [nested(ASKED, AGAIN, FIRST)]),
        ("messagesTree", [nested(ASKED, FIRST, AGAIN)]),
    ):
        found = read(tmp_path, CHAT | {name: messages})

        assert found.thread.texts() == [("user", "When?"), ("assistant", "At 14:20.")]
        assert found.report.left_out["in branches"] == 1
        assert found.thread.row["meta_data"] == {
            "source": "librechat",
            "title": "Tides",
            "model": "gpt-4o",
            "endpoint": "openAI",
        }


def test_the_content_is_read_if_the_text_is_empty(tmp_path: Path) -> None:
    content = [
        {"type": "think", "think": "The moon."},
        {"type": "text", "text": {"value": "Let me look."}},
        {"type": "tool_call", "tool_call": {"id": "call_1", "name": "tides", "args": "{}", "output": "14:20"}},
        {"type": "text", "text": "At 14:20."},
    ]
    rows = read(tmp_path, CHAT | {"messages": [ASKED, said("b", "a", at=1, content=content)]}).thread.messages

    assert [row["type"] for row in rows[1:]] == [
        *("reasoning", "message", "function_call", "function_call_output", "message"),
    ]
    assert [row["content"] for row in rows[1:]] == ["The moon.", "Let me look.", "tides({})", "14:20", "At 14:20."]


def test_dumped_collections_are_put_together_by_conversation(tmp_path: Path) -> None:
    dumped = [
        said(
            "a",
            ZERO,
            "When?",
            asks=True,
            _id={"$oid": "65f000000000000000000001"},
            createdAt={"$date": 1000},
            user="u1",
        ),
        said("x", ZERO, "Other", asks=True, conversationId="c2", user="u2"),
        said("b", "a", "At two.", createdAt={"$date": "2026-03-01T10:00:01Z"}, user="u1"),
        {"conversationId": "c1", "title": "Tides", "endpoint": "openAI", "user": "u1", "messages": [{"$oid": "65f0"}]},
        said("t", ZERO, "Secret", asks=True, conversationId="c3", expiredAt="2026-04-01T00:00:00Z"),
    ]
    found = read(tmp_path, *dumped)
    first, second = found.threads

    assert found.problems == []
    assert first.texts() == [("user", "When?"), ("assistant", "At two.")]
    assert (first.row["meta_data"]["title"], first.row["meta_data"]["source_user"]) == ("Tides", "u1")
    assert second.row["owner_id"] != first.row["owner_id"]
    assert first.messages[0]["sender_id"] == first.row["owner_id"]
    assert found.report.left_out["temporary"] == 1
