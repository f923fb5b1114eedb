from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.errors import InvalidInput, ThreadNotFound
from threadkeep.tests.factories import make_thread, make_users

if TYPE_CHECKING:
    from threadkeep.inputs import Role, Status
    from threadkeep.tests.factories import ServiceProvider

TIMES = ("created_at", "updated_at", "created_at_ms", "updated_at_ms")
PARTS: list[dict[str, Any]] = [
    {"type": "text", "text": "What is this?"},
    {"type": "image_url", "image_url": {"url": "https://example.org/cat.png", "detail": "low"}},
    {"type": "text", "text": {"value": "Be brief.", "annotations": []}},
]
CALLS = [{"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Rome"}'}}]


@pytest.mark.not_through("openai", reason="the id of a message created there begins with msg_")
async def test_message_has_all_fields_and_a_number(services: ServiceProvider) -> None:
    thread = await make_thread(services)

    message = await services.message_service.create_message(thread.id, "Hello")

    assert message.dict() | {"id": ""} | dict.fromkeys(TIMES, 0) == {
        "id": "",
        "object": "message",
        "thread_id": thread.id,
        "seq": 1,
        "type": "message",
        "role": "user",
        "content": "Hello",
        "attachments": [],
        "sender_id": thread.owner_id,
        "assistant_id": None,
        "run_id": None,
        "tool_id": None,
        "tool_call_id": None,
        "status": None,
        "incomplete_details": None,
        "meta_data": {},
        **dict.fromkeys(TIMES, 0),
        "completed_at": None,
        "completed_at_ms": None,
        "incomplete_at": None,
        "incomplete_at_ms": None,
        "revision": 1,
    }
    assert re.fullmatch(r"message_[0-9A-Za-z]{22}", message.id)
    assert abs(message.created_at - time.time()) < 60
    assert message.updated_at == message.created_at


async def test_every_read_returns_the_message_that_create_returned(services: ServiceProvider) -> None:
    thread = await make_thread(services)

    created = await services.message_service.create_message(
        thread.id,
        PARTS,
        "assistant",
        sender_id="somebody",
        assistant_id="asst_1",
        run_id="run_1",
        tool_id="tool_1",
        tool_call_id="call_0",
        tool_calls=CALLS,
        attachments=[{"file_id": "file_1", "tools": [{"type": "file_search"}]}],
        status="incomplete",
        incomplete_details={"reason": "max_tokens"},
        meta_data={"mood": "good"},
        client_id="k1",
    )

    assert await services.message_service.get_message(created.id) == created
    assert await services.message_service.get_message(created.id, thread_id=thread.id) == created
    assert await services.message_service.list_messages(thread.id) == [created]
    assert [message async for message in services.message_service.iter_messages(thread.id)] == [created]
    assert (created.content, created.tool_calls, created.client_id) == (PARTS, CALLS, "k1")


async def test_a_record_is_a_dict_with_attributes(services: ServiceProvider) -> None:
    thread = await make_thread(services, "Hello")

    [message] = await services.message_service.list_messages(thread.id)

    assert message["content"] == message.content == message.dict()["content"] == dict(message)["content"] == "Hello"
    with pytest.raises(AttributeError, match="nonsense"):
        _ = message.nonsense


TEXTS = (
    "",
    "ASCII",
    "Grüße, 世界, שלום, 👩‍👩‍👧‍👦",
    "e\u0301 is not é",
    'tab\tnewline\r\nquote" backslash\\ </script>',
    "\0 NUL \x7f and \u2028 line separator \ufeff",
    '{"$set": {"role": "admin"}}',
    "x" * 300_000,
)


async def test_text_is_returned_exactly(services: ServiceProvider) -> None:
    thread = await make_thread(services)

    created = [await services.message_service.create_message(thread.id, text) for text in TEXTS]
    read = [await services.message_service.get_message(message.id) for message in created]

    assert tuple(message.content for message in created) == TEXTS
    assert tuple(message.content for message in read) == TEXTS


JSON_VALUES: dict[str, Any] = {
    "dots": {"a.b.c": 1, ".": 2, "..": {"x.y": 3}},
    "dollars": {"$set": {"$inc": 1}, "$": None, "a$b": "$ref"},
    "references": {"schema": {"$ref": "#/definitions/a", "$id": "https://example.org/schema"}},
    "unicode": {"ключ": "значение", "🔑": ["🚪"], "e\u0301": "é"},
    "odd keys": {"": "empty", " ": "blank", "_id": "mine", "__proto__": {}, "0": "zero"},
    "numbers": {"max": 2**63 - 1, "min": -(2**63), "float": 0.1, "tiny": 5e-324, "huge": 1.7e308, "one": 1.0},
    "kinds": {"null": None, "true": True, "false": False, "list": [1, "1", 1.5, None, True, [], {}]},
    "deep": {"a": {"b": {"c": [[[[{"d": "e"}]]]]}}},
    "none": {},
}


async def test_json_is_returned_exactly(services: ServiceProvider) -> None:
    thread = await make_thread(services)

    for value in JSON_VALUES.values():
        created = await services.message_service.create_message(
            thread.id,
            "x",
            "assistant",
            meta_data=value,
            attachments=[value],
            tool_calls=[value],
            incomplete_details=value,
        )
        read = await services.message_service.get_message(created.id)

        for message in (created, read):
            returned = [message.meta_data, *message.attachments, *message.tool_calls, message.incomplete_details]
            assert repr(returned) == repr([value] * 4)


async def test_a_user_message_is_not_complete_and_its_sender_is_the_only_participant(services: ServiceProvider) -> None:
    thread = await make_thread(services)

    message = await services.message_service.create_message(thread.id, "Hello", "user")

    assert (message.completed_at, message.sender_id) == (None, thread.participant_ids[0])


async def test_a_user_message_to_two_participants_has_the_given_sender_or_none(services: ServiceProvider) -> None:
    first, second = await make_users(services, 2)
    thread = await make_thread(services, participant_ids=[first.id, second.id])

    named = await services.message_service.create_message(thread.id, "Hello", sender_id=second.id)
    unnamed = await services.message_service.create_message(thread.id, "Who am I?")

    assert (named.sender_id, unnamed.sender_id) == (second.id, None)


@pytest.mark.parametrize("role", ["assistant", "tool"])
async def test_an_assistant_or_tool_message_is_complete_and_its_default_sender_is_its_role(
    services: ServiceProvider, role: Role
) -> None:
    thread = await make_thread(services)

    unnamed = await services.message_service.create_message(thread.id, "Done.", role)
    named = await services.message_service.create_message(thread.id, "Done.", role, sender_id="robot")

    assert (unnamed.completed_at, unnamed.sender_id) == (unnamed.created_at, role)
    assert (named.completed_at, named.sender_id) == (named.created_at, "robot")


@pytest.mark.parametrize("role", ["system", "platform"])
async def test_a_system_or_platform_message_has_no_sender(services: ServiceProvider, role: Role) -> None:
    thread = await make_thread(services)

    message = await services.message_service.create_message(thread.id, "Be kind.", role)

    assert (message.role, message.completed_at, message.sender_id) == (role, None, None)


async def test_the_status_sets_completed_at_or_incomplete_at(services: ServiceProvider) -> None:
    thread = await make_thread(services)

    ends = []
    states: tuple[Status, ...] = ("in_progress", "incomplete", "completed")
    for status in states:
        message = await services.message_service.create_message(thread.id, "…", "assistant", status=status)
        ends.append((message.status, message.completed_at is not None, message.incomplete_at is not None))

    assert ends == [("in_progress", False, False), ("incomplete", False, True), ("completed", True, False)]


async def test_a_role_is_accepted_in_any_case(services: ServiceProvider) -> None:
    thread = await make_thread(services)

    message = await services.message_service.create_message(thread.id, "Hello", "Assistant")  # type: ignore[arg-type]

    assert message.role == "assistant"


async def test_a_tool_output_stores_the_ids_of_its_call_and_tool(services: ServiceProvider) -> None:
    thread = await make_thread(services)

    message = await services.message_service.submit_tool_output(
        thread.id, "22 °C", tool_call_id="call_1", tool_id="tool_1", assistant_id="asst_1", meta_data={"took": 0.2}
    )

    assert (message.role, message.sender_id, message.tool_call_id) == ("tool", "tool", "call_1")
    assert (message.tool_id, message.assistant_id, message.meta_data) == ("tool_1", "asst_1", {"took": 0.2})


async def test_the_first_message_updates_the_summary_of_its_thread(services: ServiceProvider) -> None:
    thread = await make_thread(services)

    message = await services.message_service.create_message(thread.id, "Hello")
    after = await services.thread_service.get_thread(thread.id)

    assert (thread.message_count, thread.last_seq, thread.last_message_at) == (0, 0, None)
    assert (after.message_count, after.last_seq, after.last_message_at) == (1, 1, message.created_at)
    assert after.revision == thread.revision


async def test_ids_of_messages_sort_in_order_of_creation(services: ServiceProvider) -> None:
    thread = await make_thread(services)

    made = [(await services.message_service.create_message(thread.id, "x")).id[:-14] for _ in range(5)]

    assert made == sorted(made)


async def test_a_message_to_an_unknown_thread_raises_thread_not_found(services: ServiceProvider) -> None:
    for role in ("user", "assistant"):
        with pytest.raises(ThreadNotFound, match="'thread_unknown'") as refused:
            await services.message_service.create_message("thread_unknown", "Hello", role)
        assert (refused.value.status, refused.value.thread_id) == (404, "thread_unknown")


WRONG: tuple[tuple[str, Any], ...] = (
    ("role", "wizard"),
    ("role", ""),
    ("content", 7),
    ("content", ["text"]),
    ("content", [["text"]]),
    ("content", {"type": "text"}),
    ("status", "finished"),
    ("attachments", ["file_1"]),
    ("attachments", {"file_id": "file_1"}),
    ("tool_calls", "call"),
    ("meta_data", []),
    ("sender_id", 7),
    ("client_id", ""),
    ("client_id", "k" * 257),
    ("run_id", "r" * 1025),
)


async def test_an_invalid_field_is_named_in_the_error(services: ServiceProvider) -> None:
    thread = await make_thread(services)

    for field, value in WRONG:
        with pytest.raises(InvalidInput, match=field) as refused:
            await services.message_service.create_message(thread.id, **{"content": "x", field: value})
        assert refused.value.status == 422
    assert (await services.thread_service.get_thread(thread.id)).message_count == 0
