"""Items as version 0.1 stored them read well, before and after the migration."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.clock import now
from threadkeep.context import check_chat, formatted_history
from threadkeep.documents import MESSAGE_SCHEMA_VERSION
from threadkeep.history import TEXT_OUTPUTS, turns_of
from threadkeep.records import MessageRecord
from threadkeep.routers.openai.requests.conversations import new_item
from threadkeep.routers.openai.views import render_items
from threadkeep.services import Migration
from threadkeep.services.appends.rows import message_row
from threadkeep.tests.routers.openai.item_examples import item_examples

if TYPE_CHECKING:
    from threadkeep import Threadkeep
    from threadkeep.documents import MessageRow

EXAMPLES = [item for item in item_examples() if item.get("type", "message") != "message"]


def new_row(item: dict[str, Any], number: int) -> MessageRow:
    row = message_row("thread_1", new_item(copy.deepcopy(item)), None, moment=now())
    row["seq"] = number
    row.pop("item_id", None)  # old rows have none, and a migration adds none
    return row


def old_row(item: dict[str, Any], number: int) -> Any:
    """Return the row that version 0.1 stored for an item: the whole item, and no call in `tool_calls`."""
    row: Any = new_row(item, number)
    row.pop("tool_calls", None)
    if item["type"] in TEXT_OUTPUTS:
        row.pop("parts", None)
        row["item"] = {**row["item"], "output": item["output"]}
    row |= {"schema_version": 1, "status": None, "completed_at": row["created_at"]}
    return row


def comparable(row: Any) -> dict[str, Any]:
    """Return the fields that the migration brings to the new form."""
    names = ("type", "role", "content", "parts", "item", "tool_calls", "tool_call_id", "schema_version")
    return {name: row.get(name) for name in names}


async def stored(keep: Threadkeep, rows: list[Any]) -> list[MessageRow]:
    await keep.runtime.documents.messages.insert_many([copy.deepcopy(row) for row in rows])
    return await read(keep)


async def read(keep: Threadkeep) -> list[MessageRow]:
    return await keep.runtime.documents.messages.find({}).sort("seq", 1).to_list()


@pytest.mark.slow
async def test_the_migration_brings_every_item_to_the_form_of_a_new_one(keep: Threadkeep) -> None:
    before = await stored(keep, [old_row(item, number) for number, item in enumerate(EXAMPLES, 1)])
    database = keep.runtime.documents.database

    done = await Migration(database, batch=50).run()
    after = await read(keep)

    assert done == [f"bring {len(EXAMPLES)} messages to schema version {MESSAGE_SCHEMA_VERSION}"]
    expected = [new_row(item, number) for number, item in enumerate(EXAMPLES, 1)]
    for migrated, fresh in zip(after, expected, strict=True):
        assert comparable(migrated) == comparable(fresh)
    for old, migrated in zip(before, after, strict=True):
        assert render_items(migrated) == render_items(old)
        assert MessageRecord.of(old).items() <= MessageRecord.of(migrated).items()
    assert formatted_history(after) == formatted_history(before)
    assert await Migration(database).run() == []


async def test_the_migration_leaves_messages_and_odd_items_as_they_are(keep: Threadkeep) -> None:
    rows = [old_row(EXAMPLES[0], number) for number in range(1, 9)]
    odd: list[Any] = [
        {"type": "message", "tool_calls": [{"id": "a"}], "item": {"phase": "commentary"}},
        {"type": "message", "parts": [{"type": "text", "text": "x"}]},
        {"type": "function_call", "item": {"call_id": 5}},
        {"type": "function_call", "item": {"call_id": "a", "name": "f", "arguments": {"a": 1}, "$x.y": 1}},
        {"type": "function_call_output", "item": {"output": {"a": 1}}},
        {"type": "function_call_output"},
        {"type": "custom_tool_call", "tool_calls": [{"id": "kept"}], "item": {"call_id": "a", "name": "f"}},
        {"type": "telepathy", "item": {"a.b": {"$c": 1}, "output": "kept"}},
    ]
    for row, fields in zip(rows, odd, strict=True):
        row.pop("item")
        row.update(fields)
    before = await stored(keep, rows)

    await Migration(keep.runtime.documents.database).run()
    after = await read(keep)

    for old, migrated in zip(before, after, strict=True):
        changed = {name for name in old | migrated if old.get(name) != migrated.get(name)}
        assert changed <= {"schema_version", "tool_calls"}
    assert [row.get("tool_calls") for row in after] == [
        *([{"id": "a"}], None, None, [{"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}]),
        *(None, None, [{"id": "kept"}], None),
    ]


@pytest.mark.parametrize("text", ['[{"function":"f(x)=x^2","derivative":"2x"}]', '[{"function":{}}]'])
async def test_an_ordinary_answer_that_version_0_1_took_for_calls_is_text(keep: Threadkeep, text: str) -> None:
    thread = await keep.thread_service.create_thread(meta_data={})
    message = await keep.message_service.create_message(thread.id, text, "assistant")
    await keep.runtime.documents.messages.update_one({"_id": message.id}, {"$set": {"tool_calls": json.loads(text)}})

    assert await keep.message_service.get_formatted_messages(thread.id) == [{"role": "assistant", "content": text}]
    [row] = await read(keep)
    assert [item["type"] for item in render_items(row)] == ["message"]
    updated = await keep.message_service.update_message(message.id, content="removed")
    assert "tool_calls" not in updated


def test_every_old_item_reads_like_a_new_one() -> None:
    for number, item in enumerate(EXAMPLES, 1):
        old, fresh = old_row(item, number), new_row(item, number)
        fresh["_id"] = old["_id"]

        assert formatted_history([old]) == formatted_history([fresh])
        assert check_chat(formatted_history([old]) or [{"role": "user", "content": ""}]) == []
        assert render_items(old) == render_items(fresh)
        assert len(turns_of([old])) == len(turns_of([fresh]))
        shown, newer = MessageRecord.of(old), MessageRecord.of(fresh)
        for name in ("content", "item", "role", "type", "tool_call_id"):
            assert shown[name] == newer[name]
