"""Items and every role can be written natively, in process and over HTTP alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.errors import InvalidInput
from threadkeep.tests.factories import make_thread

if TYPE_CHECKING:
    from threadkeep.inputs import MessageInput, Role
    from threadkeep.tests.factories import ServiceProvider

CALL = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
CALL_ITEM = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "f", "arguments": "{}"}
ROLES = ("user", "assistant", "system", "tool", "platform", "developer", "unknown", "critic", "discriminator")


@pytest.mark.parametrize("role", ROLES)
async def test_every_role_is_taken(services: ServiceProvider, role: Role) -> None:
    thread = await make_thread(services)

    message = await services.message_service.create_message(thread.id, "Hello", role)
    created = await services.thread_service.create_thread(messages=[{"content": "Hello", "role": role}])
    updated = await services.message_service.update_message(message.id, role=role)

    assert message.role == updated.role == role
    assert (await services.message_service.list_messages(created.id))[0].role == role


@pytest.mark.parametrize(
    ("kind", "item", "role", "content"),
    [
        ("function_call", CALL_ITEM, "assistant", "f({})"),
        ("function_call_output", {"call_id": "call_1", "output": "22"}, "tool", "22"),
        ("function_call_output", {"call_id": "call_1", "output": [{"type": "input_text", "text": "22"}]}, "tool", None),
        ("reasoning", {"id": "rs_1", "summary": [], "encrypted_content": "x"}, "assistant", ""),
        ("mcp_call", {"server_label": "s", "name": "g", "arguments": "{}"}, "assistant", "g({})"),
        ("computer_call_output", {"call_id": "c", "output": {"type": "computer_screenshot"}}, "tool", ""),
        ("my_framework.snapshot", {"state": [1, None]}, "unknown", ""),
        ("my_framework.title", {}, "unknown", ""),
    ],
)
async def test_an_item_is_stored_and_returned_whole(
    services: ServiceProvider, kind: str, item: dict[str, Any], role: str, content: str | None
) -> None:
    thread = await make_thread(services)

    message = await services.message_service.create_message(thread.id, type=kind, item=item, meta_data={"a": 1})

    assert (message.type, message.item, message.role, message.meta_data) == (kind, item, role, {"a": 1})
    assert message.content == (item["output"] if content is None else content)
    assert await services.message_service.get_message(message.id) == message


async def test_calls_and_outputs_have_the_fields_of_native_messages(services: ServiceProvider) -> None:
    thread = await make_thread(services)

    call, custom, output, shell = await services.message_service.create_messages(
        thread.id,
        [
            {"type": "function_call", "item": CALL_ITEM},
            {"type": "custom_tool_call", "item": {"call_id": "c", "name": "g", "input": "x"}},
            {"type": "function_call_output", "item": {"call_id": "call_1", "output": "22"}},
            {"type": "local_shell_call_output", "item": {"id": "sh_1", "output": "ok"}},
        ],
    )

    assert call.tool_calls == [CALL]
    assert custom.tool_calls == [{"id": "c", "type": "custom", "custom": {"name": "g", "input": "x"}}]
    assert (output.tool_call_id, shell.tool_call_id) == ("call_1", "sh_1")


async def test_a_call_without_an_item_becomes_an_item(services: ServiceProvider) -> None:
    thread = await make_thread(services)

    message = await services.message_service.create_message(thread.id, None, type="function_call", tool_calls=[CALL])

    assert message.item == {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}"}
    assert message.tool_calls == [CALL]


async def test_a_returned_item_can_be_appended_again(services: ServiceProvider) -> None:
    thread = await make_thread(services)
    names = ("type", "role", "content", "item", "tool_call_id", "tool_calls", "status")
    items: list[MessageInput] = [
        {"type": "function_call", "item": CALL_ITEM},
        {"type": "function_call_output", "item": {"output": "x"}},
    ]
    made = await services.message_service.create_messages(thread.id, items)

    returned: list[Any] = [{name: message[name] for name in names if message.get(name) is not None} for message in made]
    again = await services.message_service.create_messages(thread.id, returned)

    for first, second in zip(made, again, strict=True):
        assert {name: first.get(name) for name in names} == {name: second.get(name) for name in names}


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ({"type": "function_call"}, "item"),
        ({"type": "function_call", "item": {"call_id": "a", "name": "f"}}, "item"),
        ({"type": "function_call", "item": {"call_id": 5, "name": "f", "arguments": "{}"}}, "item"),
        ({"type": "custom_tool_call", "item": {"call_id": "a", "name": "f", "arguments": "{}"}}, "item"),
        ({"type": "function_call", "item": CALL_ITEM, "role": "user"}, "item"),
        ({"type": "function_call", "item": CALL_ITEM, "tool_calls": [CALL, CALL]}, "item"),
        ({"type": "function_call_output", "item": {"call_id": "a", "output": "x"}, "tool_call_id": "b"}, "item"),
        ({"type": "function_call_output", "item": {"output": "x"}, "content": "y"}, "item"),
        ({"type": ""}, "type"),
        ({"type": "x" * 65}, "type"),
        ({"item": []}, "item"),
        ({"type": "x.y", "item": {"a": float("nan")}}, "item"),
    ],
)
async def test_an_item_that_no_reader_could_show_is_refused(
    services: ServiceProvider, message: dict[str, Any], field: str
) -> None:
    thread = await make_thread(services)

    with pytest.raises(InvalidInput, match=field):
        await services.message_service.create_message(thread.id, **message)

    assert await services.message_service.list_messages(thread.id) == []


async def test_null_content_is_an_empty_text_beside_calls_and_refused_otherwise(services: ServiceProvider) -> None:
    thread = await make_thread(services)

    message = await services.message_service.create_message(thread.id, None, "assistant", tool_calls=[CALL])

    assert message.content == ""
    refusals: list[dict[str, Any]] = [{"role": "assistant"}, {"role": "user"}, {"role": "assistant", "tool_calls": []}]
    for refused in refusals:
        with pytest.raises(InvalidInput, match="content"):
            await services.message_service.create_message(thread.id, None, **refused)
        with pytest.raises(InvalidInput, match="content"):
            await services.message_service.create_messages(thread.id, [{"content": None, **refused}])  # type: ignore[typeddict-item]


async def test_one_source_message_in_several_rows_is_one_batch(services: ServiceProvider) -> None:
    thread = await make_thread(services)
    rows: list[MessageInput] = [
        {"role": "assistant", "content": "Let me look.", "client_id": "m1", "run_id": "resp_1"},
        {"type": "function_call", "item": CALL_ITEM, "client_id": "m1/1", "run_id": "resp_1"},
    ]

    first = await services.message_service.create_messages(thread.id, rows)
    again = await services.message_service.create_messages(thread.id, rows)
    [joined, *_] = await services.message_service.get_formatted_messages(thread.id)

    assert [message.id for message in again] == [message.id for message in first]
    assert (joined["content"], joined["tool_calls"]) == ("Let me look.", [CALL])
    grouped = await services.message_service.list_messages(thread.id, run_id="resp_1")
    assert len(grouped) == 2
