"""An edit of a message changes every field in which its text stands, or is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.errors import InvalidInput
from threadkeep.tests.factories import make_thread

if TYPE_CHECKING:
    from threadkeep.inputs import Status
    from threadkeep.records import MessageRecord
    from threadkeep.tests.factories import ServiceProvider

CALL = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": '{"q": "secret"}'}}
CALL_ITEM = {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": '{"q": "secret"}'}
IMAGE = {"type": "input_image", "image_url": "https://example.com/secret"}
REASONING = {"type": "reasoning", "summary": [{"type": "summary_text", "text": "secret"}]}


async def stored(services: ServiceProvider, **message: Any) -> MessageRecord:
    thread = await make_thread(services)
    return await services.message_service.create_message(thread.id, **message)


async def everything(services: ServiceProvider, message: MessageRecord) -> str:
    """Return all that readers see of the thread of a message."""
    listed = await services.message_service.list_messages(message.thread_id)
    history = await services.message_service.get_formatted_messages(message.thread_id)
    return str([[dict(record) for record in listed], history])


@pytest.mark.parametrize(
    "message",
    [
        {"content": "secret"},
        {"content": [{"type": "text", "text": "secret"}]},
        {"role": "tool", "content": "secret", "tool_call_id": "call_1"},
        {"type": "function_call_output", "item": {"call_id": "call_1", "output": "secret"}},
        {"type": "function_call_output", "item": {"call_id": "call_1", "output": [IMAGE]}},
        {"type": "custom_tool_call_output", "item": {"call_id": "call_1", "output": "secret"}},
        {"type": "function_call_output", "content": "secret", "tool_call_id": "call_1"},
    ],
)
async def test_new_content_replaces_the_old_text_everywhere(services: ServiceProvider, message: dict[str, Any]) -> None:
    made = await stored(services, **message)
    assert "secret" in await everything(services, made)

    updated = await services.message_service.update_message(made.id, content="[removed]")

    assert updated.content == "[removed]"
    assert "secret" not in await everything(services, made)
    assert "[removed]" in str(updated.get("item", "[removed]"))


@pytest.mark.parametrize(
    "message",
    [
        {"type": "function_call", "item": CALL_ITEM},
        {"type": "reasoning", "item": REASONING},
        {"type": "my.snapshot", "item": {"text": "secret"}, "content": "secret"},
        {"role": "assistant", "content": "secret", "item": {"raw": {"text": "secret"}}},
        {"type": "function_call_output", "item": {"call_id": "call_1", "output": "secret", "raw": "secret"}},
    ],
)
async def test_content_alone_is_refused_if_the_text_stands_in_an_item(
    services: ServiceProvider, message: dict[str, Any]
) -> None:
    made = await stored(services, **message)

    with pytest.raises(InvalidInput, match=r"content: send `item` too"):
        await services.message_service.update_message(made.id, content="[removed]")

    assert await services.message_service.get_message(made.id) == made


async def test_a_new_item_replaces_the_text_and_the_call_that_follow_from_it(services: ServiceProvider) -> None:
    made = await stored(services, type="function_call", item=CALL_ITEM)

    updated = await services.message_service.update_message(made.id, item=CALL_ITEM | {"arguments": "{}"})

    assert updated.content == "f({})"
    assert updated.tool_calls == [CALL | {"function": {"name": "f", "arguments": "{}"}}]
    assert "secret" not in await everything(services, made)


async def test_a_new_item_replaces_the_output(services: ServiceProvider) -> None:
    made = await stored(services, type="function_call_output", item={"call_id": "call_1", "output": [IMAGE]})

    updated = await services.message_service.update_message(made.id, item={"call_id": "call_2", "output": "ok"})

    assert (updated.content, updated.tool_call_id) == ("ok", "call_2")
    assert updated.item == {"call_id": "call_2", "output": "ok"}
    assert "secret" not in await everything(services, made)


async def test_new_content_with_a_new_item_is_taken(services: ServiceProvider) -> None:
    made = await stored(services, type="my.snapshot", item={"text": "secret"}, content="secret")

    updated = await services.message_service.update_message(made.id, content="", item={})

    assert (updated.content, updated.item) == ("", {})


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"item": {"call_id": "call_1", "name": "f"}}, "item"),
        ({"item": CALL_ITEM, "tool_calls": [CALL | {"id": "call_2"}]}, "item"),
        ({"tool_calls": []}, "tool_calls"),
        ({"role": "user"}, "role"),
    ],
)
async def test_changes_that_contradict_an_item_are_refused(
    services: ServiceProvider, changes: dict[str, Any], field: str
) -> None:
    made = await stored(services, type="function_call", item=CALL_ITEM)

    with pytest.raises(InvalidInput, match=f"^{field}: "):
        await services.message_service.update_message(made.id, **changes)

    assert await services.message_service.get_message(made.id) == made


async def test_the_calls_of_a_message_are_replaced_and_removed(services: ServiceProvider) -> None:
    made = await stored(services, role="assistant", content="Let me look.", tool_calls=[CALL])

    redacted = await services.message_service.update_message(made.id, tool_calls=[CALL | {"function": {"name": "g"}}])
    removed = await services.message_service.update_message(made.id, tool_calls=[])

    assert (redacted.content, redacted.tool_calls[0]["function"]) == ("Let me look.", {"name": "g"})
    assert removed.tool_calls == []
    assert "secret" not in await everything(services, made)


async def test_a_placeholder_is_filled_in_whole(services: ServiceProvider) -> None:
    made = await stored(services, role="assistant", content="", status="in_progress")
    fields: dict[str, Any] = {
        "content": "Done.",
        "tool_calls": [CALL],
        "item": {"phase": "commentary"},
        "attachments": [{"file_id": "file_1"}],
        "run_id": "run_1",
        "assistant_id": "asst_1",
        "meta_data": {"tokens": 5},
    }

    filled = await services.message_service.update_message(made.id, status="completed", **fields)

    assert filled.items() >= fields.items()
    assert (filled.status, filled.completed_at) == ("completed", filled.updated_at)
    assert await services.message_service.get_message(made.id) == filled


@pytest.mark.parametrize("status", ["completed", "in_progress"])
async def test_a_new_status_leaves_no_reason_and_no_time_of_the_old_one(
    services: ServiceProvider, status: Status
) -> None:
    details = {"reason": "max_tokens"}
    made = await stored(services, role="assistant", status="incomplete", incomplete_details=details)

    updated = await services.message_service.update_message(made.id, status=status)

    assert (updated.incomplete_details, updated.incomplete_at) == (None, None)
    assert (updated.completed_at is not None) == (status == "completed")


async def test_an_incomplete_message_gets_its_reason_with_its_status(services: ServiceProvider) -> None:
    made = await stored(services, role="assistant", content="Once")

    updated = await services.message_service.update_message(
        made.id, status="incomplete", incomplete_details={"reason": "content_filter"}
    )
    kept = await services.message_service.update_message(made.id, content="Once upon")

    assert (updated.completed_at, updated.incomplete_at) == (None, updated.updated_at)
    assert kept.incomplete_details == {"reason": "content_filter"}
    with pytest.raises(InvalidInput, match="incomplete_details"):
        await services.message_service.update_message(made.id, status="completed", incomplete_details={"reason": "x"})


async def test_a_new_status_of_an_item_is_also_that_of_its_item(services: ServiceProvider) -> None:
    made = await stored(services, type="function_call", item=CALL_ITEM | {"status": "in_progress"})
    assert (made.status, made.completed_at) == ("in_progress", None)

    updated = await services.message_service.update_message(made.id, status="completed")

    assert (updated.status, updated.item["status"]) == ("completed", "completed")
    assert updated.completed_at is not None
