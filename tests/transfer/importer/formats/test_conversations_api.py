from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.history import ITEM_KINDS
from threadkeep.inputs import NewMessage
from threadkeep.services import TRUSTED
from threadkeep.services.appends import message_rows
from threadkeep.tests.transfer.importer.read_threads import Reading, read_threads

if TYPE_CHECKING:
    from pathlib import Path

ASKED = {"id": "msg_1", "type": "message", "role": "user", "content": [{"type": "input_text", "text": "When?"}]}
THOUGHT = {"id": "rs_1", "type": "reasoning", "summary": [{"type": "summary_text", "text": "Moon"}], "status": None}
CALL = {"id": "fc_1", "type": "function_call", "call_id": "call_1", "name": "tides", "arguments": "{}"}
RESULT = {"id": "fco_1", "type": "function_call_output", "call_id": "call_1", "output": "14:20"}
SAID = {
    "id": "msg_2",
    "type": "message",
    "role": "assistant",
    "content": [{"type": "output_text", "text": "At 14:20."}],
}
ITEMS = [ASKED, THOUGHT, CALL, RESULT, SAID]
STORED = ("type", "role", "content", "parts", "item", "item_id", "tool_calls", "tool_call_id", "status")
FACTS = {"id": "conv_1", "object": "conversation", "created_at": 1_760_000_000, "metadata": {"plan": "pro"}}


def read(folder: Path, *lines: Any) -> Reading:
    path = folder / "items"
    path.write_text("\n".join(map(json.dumps, lines)))
    return read_threads(path)


def page(*items: Any, has_more: bool = False) -> dict[str, Any]:
    return {"object": "list", "data": [*items], "has_more": has_more}


def test_items_are_stored_with_their_ids_in_the_order_of_the_conversation(tmp_path: Path) -> None:
    for value in (page(*reversed(ITEMS)), page(*ITEMS), ITEMS):
        found = read(tmp_path, value)
        rows = found.thread.messages

        assert [row["_id"] for row in rows] == ["msg_1", "rs_1", "fc_1", "fco_1", "msg_2"]
        assert [row["content"] for row in rows] == ["When?", "Moon", "tides({})", "14:20", "At 14:20."]
        assert rows[1]["item"] == {name: one for name, one in THOUGHT.items() if one is not None}
        assert rows[2]["tool_calls"][0]["id"] == "call_1"
        assert found.report.notes == []
        assert found.report.times_inferred == 5


def test_the_time_of_the_conversation_is_that_of_all_items(tmp_path: Path) -> None:
    thread = read(tmp_path, {"conversation": FACTS, "items": page(*reversed(ITEMS))}).thread

    assert thread.row["_id"] == "conv_1"
    assert thread.row["meta_data"] == {"plan": "pro", "source": "openai-conversations"}
    assert {int(row["created_at"].timestamp()) for row in thread.messages} == {1_760_000_000}


def test_pages_without_calls_are_assumed_to_be_newest_first(tmp_path: Path) -> None:
    found = read(tmp_path, page(SAID, has_more=True), page(ASKED))

    assert [row["content"] for row in found.thread.messages] == ["When?", "At 14:20."]
    assert any("it is assumed" in note for note in found.report.notes)


def test_a_damaged_conversation_costs_itself(tmp_path: Path) -> None:
    whole = FACTS | {"items": ITEMS}
    found = read(
        tmp_path, whole, {"conversation": {"id": "conv_2"}, "items": [5]}, {"conversation": FACTS, "items": None}
    )

    assert [thread.row["_id"] for thread in found.threads] == ["conv_1"]
    assert len(found.problems) == 2


@pytest.mark.parametrize("kind", ITEM_KINDS)
def test_an_item_of_each_kind_is_stored_as_an_api_stores_it(tmp_path: Path, kind: str) -> None:
    fields = {"call_id": "call_1", "name": "tides", "arguments": "{}", "input": "moon", "status": "completed"}
    item = {"id": f"{ITEM_KINDS[kind].prefix}_1", "type": kind, **fields, "output": "14:20"}
    api = message_rows("thread", [NewMessage(type=kind, item=item)], TRUSTED, [], prefix="msg")[0]

    [row] = read(tmp_path, FACTS | {"items": [item]}).thread.messages

    assert {name: row.get(name) for name in STORED} == {name: api.get(name) for name in STORED}


def test_the_ids_of_items_that_repeat_are_kept_once(tmp_path: Path) -> None:
    found = read(tmp_path, FACTS | {"items": [CALL, RESULT, CALL, SAID]})

    assert [row.get("item_id") for row in found.thread.messages] == ["fc_1", "fco_1", None, None]
