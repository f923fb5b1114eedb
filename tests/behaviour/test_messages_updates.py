from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.errors import InvalidInput, MessageNotFound, PreconditionFailed
from threadkeep.tests.factories import make_history, make_thread

if TYPE_CHECKING:
    from threadkeep.records import MessageRecord
    from threadkeep.tests.factories import ErrorBoundary

PARTS: list[dict[str, Any]] = [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]


async def make_message(
    door: ErrorBoundary, content: Any = "before", role: str = "assistant", **fields: Any
) -> MessageRecord:
    thread = await make_thread(door)
    return await door.message_service.create_message(thread.id, content, role, **fields)


async def test_update_changes_what_is_given_and_keeps_the_rest(door: ErrorBoundary) -> None:
    message = await make_message(door, meta_data={"kept": False}, run_id="run_1", client_id="k")

    updated = await door.message_service.update_message(message.id, content="after")

    assert updated == message | {"content": "after", "revision": 2, "updated_at": updated.updated_at}
    assert updated.updated_at >= message.updated_at
    assert await door.message_service.get_message(message.id) == updated


async def test_update_replaces_meta_data(door: ErrorBoundary) -> None:
    message = await make_message(door, meta_data={"a": 1, "b": 2})

    replaced = await door.message_service.update_message(message.id, meta_data={"$b.c": {"x": 3}})
    emptied = await door.message_service.update_message(message.id, meta_data={})

    assert (replaced.meta_data, emptied.meta_data) == ({"$b.c": {"x": 3}}, {})


async def test_update_from_text_to_parts_and_back(door: ErrorBoundary) -> None:
    message = await make_message(door)

    parts = await door.message_service.update_message(message.id, content=PARTS)
    text = await door.message_service.update_message(message.id, content="")

    assert (parts.content, text.content) == (PARTS, "")
    assert (await door.message_service.get_message(message.id)).content == ""


@pytest.mark.parametrize(("status", "complete", "incomplete"), [("completed", 1, 0), ("incomplete", 0, 1)])
async def test_update_of_the_status_notes_when_it_ended(
    door: ErrorBoundary, status: str, complete: int, incomplete: int
) -> None:
    message = await make_message(door, status="in_progress")

    ended = await door.message_service.update_message(message.id, status=status)

    assert (ended.completed_at, ended.incomplete_at) == (
        ended.updated_at if complete else None,
        ended.updated_at if incomplete else None,
    )


async def test_update_of_an_unfinished_message_completes_it(door: ErrorBoundary) -> None:
    message = await make_message(door, status="incomplete")

    ended = await door.message_service.update_message(message.id, status="completed", content="all of it")

    assert (ended.status, ended.content, ended.incomplete_at) == ("completed", "all of it", None)
    assert ended.completed_at == ended.updated_at


async def test_update_does_not_move_a_message(door: ErrorBoundary) -> None:
    thread_id, messages = await make_history(door, 3)

    await door.message_service.update_message(messages[0].id, content="changed")
    listed = await door.message_service.list_messages(thread_id)

    assert [(message.seq, message.content) for message in listed] == [(1, "changed"), (2, "2"), (3, "3")]


async def test_expected_revision_lets_only_one_of_several_writers_write(door: ErrorBoundary) -> None:
    message = await make_message(door)

    outcomes = await asyncio.gather(
        *[door.message_service.update_message(message.id, content=str(n), expected_revision=1) for n in range(5)],
        return_exceptions=True,
    )
    after = await door.message_service.get_message(message.id)

    assert [type(outcome) for outcome in outcomes].count(PreconditionFailed) == 4
    assert after.revision == 2


async def test_concurrent_updates_of_different_fields_are_all_kept(door: ErrorBoundary) -> None:
    message = await make_message(door)

    await asyncio.gather(
        door.message_service.update_message(message.id, content="new"),
        door.message_service.update_message(message.id, meta_data={"new": True}),
        door.message_service.update_message(message.id, status="completed"),
        door.message_service.update_message(message.id, tool_call_id="call_1"),
    )
    after = await door.message_service.get_message(message.id)

    assert (after.content, after.meta_data, after.status) == ("new", {"new": True}, "completed")
    assert (after.tool_call_id, after.revision) == ("call_1", 5)


@pytest.mark.parametrize(
    "changes", [{"role": "wizard"}, {"status": "done"}, {"content": 7}, {"meta_data": []}, {"meta_data": {"\0": 1}}]
)
async def test_update_with_nonsense_changes_nothing(door: ErrorBoundary, changes: dict[str, Any]) -> None:
    message = await make_message(door)

    with pytest.raises(InvalidInput, match=next(iter(changes))):
        await door.message_service.update_message(message.id, **changes)

    assert await door.message_service.get_message(message.id) == message


async def test_update_of_an_unknown_or_deleted_message(door: ErrorBoundary) -> None:
    message = await make_message(door)
    await door.message_service.delete_message(message.id)

    for gone in ("message_unknown", message.id):
        with pytest.raises(MessageNotFound, match=gone) as refused:
            await door.message_service.update_message(gone, content="x")
        assert refused.value.message_id == gone


async def test_update_of_tool_calls_written_as_text_changes_what_is_formatted(door: ErrorBoundary) -> None:
    call = '[{"id": "call_%d", "type": "function", "function": {"name": "f", "arguments": "{}"}}]'
    message = await make_message(door, call % 1)

    called = await door.message_service.update_message(message.id, content=call % 2)
    [formatted] = await door.message_service.get_formatted_messages(message.thread_id)
    said = await door.message_service.update_message(message.id, content="No tools needed.")
    [plain] = await door.message_service.get_formatted_messages(message.thread_id)

    assert called.tool_calls[0]["id"] == formatted["tool_calls"][0]["id"] == "call_2"
    assert "tool_calls" not in said
    assert plain == {"role": "assistant", "content": "No tools needed."}


async def test_update_of_the_text_keeps_tool_calls_that_were_given_as_such(door: ErrorBoundary) -> None:
    calls = [{"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]
    message = await make_message(door, "Let me look.", tool_calls=calls)

    updated = await door.message_service.update_message(message.id, content="One moment.")

    assert (updated.content, updated.tool_calls) == ("One moment.", calls)
