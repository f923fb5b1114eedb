"""Every JSON value that cannot be stored and returned exactly is refused, in every field that takes JSON."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

import pytest

from threadkeep.errors import InvalidInput, NotFound, TooLarge
from threadkeep.tests.factories import make_history, make_thread, make_user

if TYPE_CHECKING:
    from collections.abc import Callable

    from threadkeep.tests.factories import ServiceProvider


def nested(levels: int) -> dict[str, Any]:
    """Return objects nested to this depth."""
    value: dict[str, Any] = {}
    for _ in range(levels - 1):
        value = {"a": value}
    return value


REFUSED: dict[str, dict[str, Any]] = {
    "lone surrogate": {"a": "\ud800"},
    "half a pair": {"a": ["x\udfff"]},
    "lone surrogate in a key": {"a": {"\udc00": 1}},
    "nul in a key": {"a": {"b\0c": 1}},
    "2 to the 63rd": {"a": 2**63},
    "below the smallest": {"a": [-(2**63) - 1]},
    "not a number": {"a": math.nan},
    "infinity": {"a": {"b": [math.inf]}},
    "negative infinity": {"a": -math.inf},
    "65 levels": nested(65),
    "500 levels": nested(500),
}


async def test_json_that_cannot_be_stored_exactly_is_refused(services: ServiceProvider) -> None:
    thread = await make_thread(services)
    threads, messages = services.thread_service, services.message_service

    for value in REFUSED.values():
        for call in (
            threads.create_thread(meta_data=value),
            threads.create_thread(tool_resources=value),
            threads.update_metadata(thread.id, value),
            threads.update_thread(thread.id, meta_data=value),
            messages.create_message(thread.id, "x", meta_data=value),
            messages.create_message(thread.id, "x", attachments=[value]),
            messages.create_message(thread.id, "x", tool_calls=[value]),
            messages.create_message(thread.id, [{"type": "text", "text": "x", "more": value}]),
            messages.create_messages(thread.id, [{"content": "x"}, {"content": "x", "incomplete_details": value}]),
        ):
            with pytest.raises(InvalidInput) as refused:
                await call
            assert refused.value.status == 422
    assert (await threads.get_thread(thread.id)).dict().items() >= {"message_count": 0, "revision": 1}.items()


async def test_json_of_64_levels_is_accepted(services: ServiceProvider) -> None:
    thread = await services.thread_service.create_thread(meta_data=nested(64))

    assert (await services.thread_service.get_thread(thread.id)).meta_data == nested(64)


@pytest.mark.parametrize("text", ["\ud800", "x\udc00y"])
async def test_text_with_lone_surrogates_is_refused(services: ServiceProvider, text: str) -> None:
    thread = await make_thread(services)

    for call in (
        services.message_service.create_message(thread.id, text),
        services.message_service.create_message(thread.id, "x", sender_id=text),
        services.message_service.create_message(thread.id, "x", client_id=text),
        services.user_service.create_user(full_name=text),
    ):
        with pytest.raises(InvalidInput, match=r"surrogate|Unicode|unicode"):
            await call


async def test_meta_data_above_65536_bytes_is_refused(services: ServiceProvider) -> None:
    fits = {"a": "x" * (64 * 1024 - 8)}
    thread = await services.thread_service.create_thread(meta_data=fits)

    for call in (
        services.thread_service.create_thread(meta_data=fits | {"b": 1}),
        services.thread_service.update_thread(thread.id, meta_data={"b": 1}),
        services.message_service.create_message(thread.id, "x", meta_data=fits | {"b": 1}),
    ):
        with pytest.raises(TooLarge, match="65,536 bytes") as refused:
            await call
        assert refused.value.status == 413


async def test_a_message_above_8_mib_is_refused(services: ServiceProvider) -> None:
    thread = await make_thread(services)

    for message in (
        {"content": "x" * (8 * 1024 * 1024 + 1)},
        {"content": [{"type": "text", "text": "x" * (8 * 1024 * 1024)}]},
        {"content": "x" * (5 * 1024 * 1024), "attachments": [{"a": "x" * (4 * 1024 * 1024)}]},
    ):
        with pytest.raises(TooLarge, match="8,388,608 bytes"):
            await services.message_service.create_message(thread.id, **message)
    assert await services.message_service.list_messages(thread.id) == []


async def test_a_message_of_more_than_20000_keys_and_values_is_refused(services: ServiceProvider) -> None:
    """MongoDB needs more time for many small values than their number of bytes suggests."""
    thread = await make_thread(services)

    for message in (
        {"attachments": [{"a": [0] * 20_000}]},
        {"content": [{"type": "text", "text": "x", "a": [[]] * 20_000}]},
        {"tool_calls": [{"a": [0] * 10_000}] * 2},
    ):
        with pytest.raises(TooLarge, match="20,000 keys and values"):
            await services.message_service.create_message(thread.id, **{"content": "x"} | message)

    assert (await services.message_service.create_message(thread.id, "next")).seq == 1


async def test_an_error_names_every_invalid_field_and_its_rule(services: ServiceProvider) -> None:
    thread = await make_thread(services)

    fields: dict[str, Any] = {"role": "wizard", "status": "done", "meta_data": {"\0": 1}}
    with pytest.raises(InvalidInput) as refused:
        await services.message_service.create_message(thread.id, "x", **fields)

    problems = {problem["loc"][-1]: problem for problem in refused.value.problems}
    assert problems.keys() == {"role", "status", "meta_data"}
    assert all(problem["msg"] and problem["type"] for problem in problems.values())
    assert "NUL" in problems["meta_data"]["msg"]


async def test_an_id_that_is_longer_than_any_is_refused_by_its_name(services: ServiceProvider) -> None:
    users, threads, messages, keys = (
        services.user_service,
        services.thread_service,
        services.message_service,
        services.key_service,
    )
    thread = await make_thread(services)
    calls: dict[str, Callable[[str], Any]] = {
        "get_user": users.get_user,
        "update_user": lambda value: users.update_user(value, full_name="x"),
        "delete_user": users.delete_user,
        "get_thread": threads.get_thread,
        "list_threads": threads.list_threads,
        "list_thread_records": threads.list_thread_records,
        "update_thread": lambda value: threads.update_thread(value, title="x"),
        "update_metadata": lambda value: threads.update_metadata(value, {}),
        "remove_participant": lambda value: threads.remove_participant(value, "user_x"),
        "remove_participant, the user": lambda value: threads.remove_participant(thread.id, value),
        "delete_thread": threads.delete_thread,
        "create_message": lambda value: messages.create_message(value, "x"),
        "create_messages": lambda value: messages.create_messages(value, [{"content": "x"}]),
        "list_messages": messages.list_messages,
        "get_formatted_messages": messages.get_formatted_messages,
        "context": lambda value: messages.context(value, 1000),
        "commit_turn": lambda value: messages.commit_turn(value, [{"content": "x"}]),
        "truncate_messages": lambda value: messages.truncate_messages(value, 0),
        "clear_messages": messages.clear_messages,
        "pop_message": messages.pop_message,
        "append_chunk": lambda value: messages.append_chunk(value, "x", is_last=True),
        "abort_chunks": messages.abort_chunks,
        "get_message": messages.get_message,
        "get_message, the thread": lambda value: messages.get_message("message_x", thread_id=value),
        "update_message": lambda value: messages.update_message(value, content="x"),
        "delete_message": messages.delete_message,
        "list_keys": keys.list_keys,
        "get_key": keys.get_key,
        "revoke_key": keys.revoke_key,
    }
    found: dict[str, Any] = {}
    for name, call in calls.items():
        with pytest.raises(InvalidInput) as refused:
            await call("x" * 257)
        found[name] = (refused.value.status, refused.value.problems[0]["loc"][-1], refused.value.problems[0]["type"])
        with suppress(NotFound):  # some lists are empty
            await call("x" * 256)

    names = {"user": "user_id", "key": "prefix", "threads": "user_id", "thread_records": "user_id", "keys": "user_id"}
    for name, (status, field, kind) in found.items():
        action, _, about = name.partition(", the ")
        noun = about or action.partition("_")[2]
        is_message = action in ("get_message", "update_message", "delete_message") and not about
        assert (status, kind) == (422, "string_too_long"), name
        assert field == ("message_id" if is_message else names.get(noun, "thread_id")), name


async def test_a_text_is_no_number_in_a_body(services: ServiceProvider) -> None:
    thread_id, messages = await make_history(services, 3)
    service, number = services.message_service, cast("int", "1")
    user = await make_user(services)

    for call in (
        service.commit_turn(thread_id, [{"content": "x"}], after_seq=number),
        service.replace_messages(thread_id, number, [{"content": "x"}]),
        service.add_summary(thread_id, "x", from_seq=number, upto_seq=2),
        service.add_summary(thread_id, "x", from_seq=1, upto_seq=number),
        services.key_service.create_key("user", user_id=user.id, expires_in_days=number),
    ):
        with pytest.raises(InvalidInput, match="number"):
            await call
    assert await service.list_messages(thread_id) == messages
