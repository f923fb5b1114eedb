from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.errors import InvalidInput, MessageNotFound, PreconditionFailed
from threadkeep.tests.factories import make_history, make_thread

if TYPE_CHECKING:
    from threadkeep.inputs import Role, Status
    from threadkeep.records import MessageRecord
    from threadkeep.tests.factories import ServiceProvider

PARTS: list[dict[str, Any]] = [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]


async def make_message(
    services: ServiceProvider, content: Any = "before", role: Role = "assistant", **fields: Any
) -> MessageRecord:
    thread = await make_thread(services)
    return await services.message_service.create_message(thread.id, content, role, **fields)


async def test_update_changes_given_fields_and_keeps_the_others(services: ServiceProvider) -> None:
    message = await make_message(services, meta_data={"kept": False}, run_id="run_1", client_id="k")

    updated = await services.message_service.update_message(message.id, content="after")

    times = {name: updated[name] for name in ("updated_at", "updated_at_ms")}
    assert updated == message | {"content": "after", "revision": 2, **times}
    assert updated.updated_at_ms >= message.updated_at_ms
    assert await services.message_service.get_message(message.id) == updated


async def test_update_replaces_meta_data(services: ServiceProvider) -> None:
    message = await make_message(services, meta_data={"a": 1, "b": 2})

    replaced = await services.message_service.update_message(message.id, meta_data={"$b.c": {"x": 3}})
    emptied = await services.message_service.update_message(message.id, meta_data={})

    assert (replaced.meta_data, emptied.meta_data) == ({"$b.c": {"x": 3}}, {})


async def test_update_replaces_text_by_parts_and_parts_by_text(services: ServiceProvider) -> None:
    message = await make_message(services)

    parts = await services.message_service.update_message(message.id, content=PARTS)
    text = await services.message_service.update_message(message.id, content="")

    assert (parts.content, text.content) == (PARTS, "")
    assert (await services.message_service.get_message(message.id)).content == ""


@pytest.mark.parametrize(("status", "complete", "incomplete"), [("completed", 1, 0), ("incomplete", 0, 1)])
async def test_update_of_the_status_sets_completed_at_or_incomplete_at(
    services: ServiceProvider, status: Status, complete: int, incomplete: int
) -> None:
    message = await make_message(services, status="in_progress")

    ended = await services.message_service.update_message(message.id, status=status)

    assert (ended.completed_at, ended.incomplete_at) == (
        ended.updated_at if complete else None,
        ended.updated_at if incomplete else None,
    )


async def test_update_completes_an_incomplete_message(services: ServiceProvider) -> None:
    message = await make_message(services, status="incomplete")

    ended = await services.message_service.update_message(message.id, status="completed", content="all of it")

    assert (ended.status, ended.content, ended.incomplete_at) == ("completed", "all of it", None)
    assert ended.completed_at == ended.updated_at


async def test_update_keeps_the_number_of_a_message(services: ServiceProvider) -> None:
    thread_id, messages = await make_history(services, 3)

    await services.message_service.update_message(messages[0].id, content="changed")
    listed = await services.message_service.list_messages(thread_id)

    assert [(message.seq, message.content) for message in listed] == [(1, "changed"), (2, "2"), (3, "3")]


async def test_one_of_several_concurrent_updates_with_one_expected_revision_succeeds(services: ServiceProvider) -> None:
    message = await make_message(services)

    outcomes = await asyncio.gather(
        *[services.message_service.update_message(message.id, content=str(n), expected_revision=1) for n in range(5)],
        return_exceptions=True,
    )
    after = await services.message_service.get_message(message.id)

    assert [type(outcome) for outcome in outcomes].count(PreconditionFailed) == 4
    assert after.revision == 2


async def test_concurrent_updates_of_different_fields_are_all_kept(services: ServiceProvider) -> None:
    message = await make_message(services)

    await asyncio.gather(
        services.message_service.update_message(message.id, content="new"),
        services.message_service.update_message(message.id, meta_data={"new": True}),
        services.message_service.update_message(message.id, status="completed"),
        services.message_service.update_message(message.id, tool_call_id="call_1"),
    )
    after = await services.message_service.get_message(message.id)

    assert (after.content, after.meta_data, after.status) == ("new", {"new": True}, "completed")
    assert (after.tool_call_id, after.revision) == ("call_1", 5)


@pytest.mark.parametrize(
    "changes", [{"role": "wizard"}, {"status": "done"}, {"content": 7}, {"meta_data": []}, {"meta_data": {"\0": 1}}]
)
async def test_an_invalid_update_changes_nothing(services: ServiceProvider, changes: dict[str, Any]) -> None:
    message = await make_message(services)

    with pytest.raises(InvalidInput, match=next(iter(changes))):
        await services.message_service.update_message(message.id, **changes)

    assert await services.message_service.get_message(message.id) == message


async def test_update_of_an_unknown_or_deleted_message_raises_message_not_found(services: ServiceProvider) -> None:
    message = await make_message(services)
    await services.message_service.delete_message(message.id)

    for message_id in ("message_unknown", message.id):
        with pytest.raises(MessageNotFound, match=message_id) as refused:
            await services.message_service.update_message(message_id, content="x")
        assert refused.value.message_id == message_id


async def test_update_of_the_json_of_tool_calls_changes_the_tool_calls(services: ServiceProvider) -> None:
    thread = await make_thread(services)
    call = '[{"id": "call_%d", "type": "function", "function": {"name": "f", "arguments": "{}"}}]'
    message = await services.message_service.append_chunk(thread.id, call % 1, is_last=True)
    assert message is not None

    called = await services.message_service.update_message(message.id, content=call % 2)
    by_field = await services.message_service.update_message(message.id, tool_calls=json.loads(call % 3))
    updated = await services.message_service.update_message(message.id, content="No tools needed.")
    [plain] = await services.message_service.get_formatted_messages(message.thread_id)

    assert called.tool_calls[0]["id"] == "call_2"
    assert json.loads(str(by_field.content)) == by_field.tool_calls == json.loads(call % 3)
    assert "tool_calls" not in updated
    assert plain == {"role": "assistant", "content": "No tools needed."}


async def test_update_of_content_keeps_tool_calls_that_were_given_as_a_field(services: ServiceProvider) -> None:
    calls = [{"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]
    message = await make_message(services, "Let me look.", tool_calls=calls)

    updated = await services.message_service.update_message(message.id, content="One moment.")

    assert (updated.content, updated.tool_calls) == ("One moment.", calls)
