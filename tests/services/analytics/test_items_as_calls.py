"""Calls of all APIs count in the same way. Answers belong to the call of their turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from threadkeep.services import Rollups

if TYPE_CHECKING:
    from threadkeep import Threadkeep
    from threadkeep.documents import Documents
    from threadkeep.inputs import MessageInput

NATIVE = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
ITEMS: list[MessageInput] = [
    {"type": "function_call", "item": {"call_id": "call_1", "name": "weather", "arguments": "{}"}},
    {"type": "custom_tool_call", "item": {"call_id": "call_2", "name": "grep", "input": "x"}},
    {"type": "mcp_call", "item": {"id": "mcp_1", "server_label": "s", "name": "look_up", "arguments": "{}"}},
    {"type": "web_search_call", "item": {"action": {"type": "search"}, "status": "failed"}},
    {"type": "shell_call", "item": {"call_id": "sh_1", "action": {"commands": ["ls"]}}},
]


async def answer(keep: Threadkeep, *messages: MessageInput) -> dict[str, tuple[int, int, int]]:
    """Return for each tool the numbers of calls, answered calls and failed calls."""
    await keep.thread_service.create_thread(meta_data={}, messages=messages)
    return {row.tool: (row.calls, row.answered, row.failed) for row in await keep.analytics_service.tool_calls()}


async def test_items_count_like_native_calls(keep: Threadkeep) -> None:
    native: MessageInput = {"role": "assistant", "content": None, "tool_calls": [NATIVE]}
    outputs: list[MessageInput] = [
        {"type": "function_call_output", "item": {"call_id": "call_1", "output": "22"}},
        {"type": "custom_tool_call_output", "item": {"call_id": "call_2", "output": "x"}},
        {"type": "shell_call_output", "item": {"call_id": "sh_1", "output": [], "status": "incomplete"}},
    ]

    found = await answer(keep, *ITEMS, *outputs, native, {"role": "tool", "content": "22", "tool_call_id": "call_1"})

    assert found == {
        "weather": (2, 2, 0),
        "grep": (1, 1, 0),
        "look_up": (1, 1, 0),
        "web_search": (1, 1, 1),
        "shell": (1, 1, 1),
    }


async def test_ids_that_repeat_are_paired_within_their_turn(keep: Threadkeep) -> None:
    call: MessageInput = {"role": "assistant", "content": None, "tool_calls": [NATIVE]}
    output: MessageInput = {"role": "tool", "content": "22", "tool_call_id": "call_1"}
    again: MessageInput = {"content": "And now?"}

    found = await answer(keep, call, output, again, call, again, call, output | {"status": "incomplete"}, output)

    assert found == {"weather": (3, 2, 1)}


@pytest.mark.parametrize("version", [1, 2])
async def test_views_and_daily_facts_count_items(keep: Threadkeep, documents: Documents, version: int) -> None:
    await keep.thread_service.create_thread(meta_data={}, messages=ITEMS)
    if version == 1:
        await documents.messages.update_many({}, {"$unset": {"tool_calls": 1}, "$set": {"schema_version": 1}})

    flat = await documents.database["messages_flat"].find({}, {"tool_calls": 1}).to_list()
    [thread] = await documents.database["threads_flat"].find({}, {"tool_calls": 1}).to_list()
    await Rollups(documents).run()
    facts = await documents.database["daily_messages"].find({"role": "assistant"}).to_list()

    assert [row["tool_calls"] for row in flat] == [1] * len(ITEMS)
    assert thread["tool_calls"] == len(ITEMS)
    assert sum(row["tool_calls"] for row in facts) == len(ITEMS)


async def test_a_summary_is_no_message_of_anybody(keep: Threadkeep, documents: Documents) -> None:
    thread = await keep.thread_service.create_thread(meta_data={}, messages=[{"content": "Hello"}])

    before = [await _figures(keep, documents)]
    await keep.message_service.add_summary(thread.id, "They said hello.", upto_seq=1)

    assert [await _figures(keep, documents)] == before


async def _figures(keep: Threadkeep, documents: Documents) -> list[object]:
    await Rollups(documents).run()
    views = [documents.database[name] for name in ("messages_flat", "daily_activity", "daily_messages")]
    counted = [await view.find({}, {"_id": 0, "messages": 1, "seq": 1}).to_list() for view in views]
    return [*counted, *[row.messages for row in await keep.analytics_service.messages()]]
