from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import pytest
from openai import BadRequestError, NotFoundError

from threadkeep.tests.routers.openai.sdk_validation import checked

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx2
    from openai import AsyncOpenAI, OpenAI

    from threadkeep.tests.live_server import LiveServer


def test_a_thread_is_created_retrieved_updated_and_deleted(sdk: OpenAI) -> None:
    before = int(time.time())

    thread = checked(sdk.beta.threads.create(metadata={"topic": "time"}))

    assert thread.id.startswith("thread_")
    assert before <= thread.created_at <= time.time()
    assert thread.metadata == {"topic": "time"}
    assert checked(sdk.beta.threads.retrieve(thread.id)) == thread
    updated = checked(sdk.beta.threads.update(thread.id, metadata={"who": "Ada"}))
    assert updated.metadata == {"topic": "time", "who": "Ada"}
    assert updated.created_at == thread.created_at
    deleted = checked(sdk.beta.threads.delete(thread.id))
    assert (deleted.id, deleted.object, deleted.deleted) == (thread.id, "thread.deleted", True)


async def test_the_asynchronous_client_makes_all_calls_of_threads(async_sdk: AsyncOpenAI) -> None:
    thread = checked(await async_sdk.beta.threads.create(messages=[{"role": "user", "content": "Hello"}]))

    assert checked(await async_sdk.beta.threads.retrieve(thread.id)) == thread
    assert checked(await async_sdk.beta.threads.update(thread.id, metadata={"a": "b"})).metadata == {"a": "b"}
    [message] = [checked(message) async for message in async_sdk.beta.threads.messages.list(thread.id)]
    assert message.content[0].text.value == "Hello"
    assert checked(await async_sdk.beta.threads.delete(thread.id)).deleted


def test_a_thread_is_created_without_fields(sdk: OpenAI) -> None:
    thread = checked(sdk.beta.threads.create())

    assert (thread.metadata, thread.to_dict()["tool_resources"]) == ({}, {})


def test_null_fields_of_a_new_thread_are_ignored(sdk: OpenAI) -> None:
    thread = checked(sdk.beta.threads.create(metadata=None, tool_resources=None, extra_body={"messages": None}))

    assert (thread.metadata, thread.to_dict()["tool_resources"]) == ({}, {})
    assert not sdk.beta.threads.messages.list(thread.id).data


@pytest.mark.parametrize("path", ["threads", "conversations"])
def test_a_thread_and_a_conversation_are_created_without_a_body(http: httpx2.Client, path: str) -> None:
    answer = http.post(f"/{path}", content=b"", headers={"content-type": "application/json"})

    assert answer.status_code == 200
    assert answer.json()["metadata"] == {}


def test_messages_of_a_new_thread_keep_their_order(sdk: OpenAI) -> None:
    expected: list[Any] = [("user", "One"), ("assistant", "Two"), ("user", "Three")]

    thread = checked(sdk.beta.threads.create(messages=[{"role": role, "content": text} for role, text in expected]))

    messages = sdk.beta.threads.messages.list(thread.id, order="asc").data
    assert [(checked(message).role, message.content[0].text.value) for message in messages] == expected  # type: ignore[union-attr]
    assert {message.id.partition("_")[0] for message in messages} == {"msg"}
    assert {message.thread_id for message in messages} == {thread.id}


def test_a_new_thread_with_one_invalid_message_is_not_stored(sdk: OpenAI, live_server: LiveServer) -> None:
    with pytest.raises(BadRequestError) as refused:
        sdk.beta.threads.create(messages=[{"role": "user", "content": "x"}, {"role": "tool", "content": "x"}])  # type: ignore[typeddict-item]

    assert refused.value.param == "messages[1].role"
    assert live_server.database.threads.count_documents({}) == 0


def test_tool_resources_are_replaced_for_each_tool(sdk: OpenAI) -> None:
    thread = checked(
        sdk.beta.threads.create(
            tool_resources={
                "code_interpreter": {"file_ids": ["file_1", "file_2"]},
                "file_search": {"vector_store_ids": ["vs_1"]},
            }
        )
    )

    untouched = checked(sdk.beta.threads.update(thread.id, metadata={"a": "b"}))
    changed = checked(sdk.beta.threads.update(thread.id, tool_resources={"code_interpreter": {"file_ids": []}}))

    assert untouched.tool_resources == thread.tool_resources
    assert thread.tool_resources.code_interpreter.file_ids == ["file_1", "file_2"]
    assert changed.to_dict()["tool_resources"] == {
        "code_interpreter": {"file_ids": []},
        "file_search": {"vector_store_ids": ["vs_1"]},
    }
    assert changed.metadata == {"a": "b"}


@pytest.mark.parametrize("metadata", [None, {}])
def test_an_update_without_values_changes_nothing(sdk: OpenAI, metadata: dict[str, str] | None) -> None:
    thread = sdk.beta.threads.create(metadata={"a": "b"}, tool_resources={"code_interpreter": {"file_ids": ["file_1"]}})

    assert checked(sdk.beta.threads.update(thread.id, metadata=metadata, tool_resources=None)) == thread
    assert checked(sdk.beta.threads.update(thread.id)) == thread


def test_a_deleted_thread_and_its_messages_are_not_found(sdk: OpenAI) -> None:
    thread = sdk.beta.threads.create(messages=[{"role": "user", "content": "x"}])
    [message] = sdk.beta.threads.messages.list(thread.id).data
    sdk.beta.threads.delete(thread.id)
    calls: list[Callable[[], object]] = [
        lambda: sdk.beta.threads.retrieve(thread.id),
        lambda: sdk.beta.threads.update(thread.id, metadata={"a": "b"}),
        lambda: sdk.beta.threads.delete(thread.id),
        lambda: sdk.beta.threads.messages.list(thread.id),
        lambda: sdk.beta.threads.messages.create(thread.id, role="user", content="x"),
        lambda: sdk.beta.threads.messages.retrieve(message.id, thread_id=thread.id),
        lambda: sdk.beta.threads.messages.update(message.id, thread_id=thread.id, metadata={}),
        lambda: sdk.beta.threads.messages.delete(message.id, thread_id=thread.id),
        lambda: sdk.conversations.retrieve(thread.id),
        lambda: sdk.conversations.items.list(thread.id),
    ]

    for call in calls:
        with pytest.raises(NotFoundError) as refused:
            call()
        assert (refused.value.type, refused.value.code, refused.value.param) == ("invalid_request_error", None, None)
        assert thread.id in refused.value.message


@pytest.mark.slow
async def test_concurrent_updates_lose_no_metadata(async_sdk: AsyncOpenAI) -> None:
    thread = await async_sdk.beta.threads.create(messages=[{"role": "user", "content": "x"}])
    [message] = (await async_sdk.beta.threads.messages.list(thread.id)).data
    keys = [f"key_{number}" for number in range(8)]

    await asyncio.gather(
        *(async_sdk.beta.threads.update(thread.id, metadata={key: key}) for key in keys),
        *(async_sdk.beta.threads.messages.update(message.id, thread_id=thread.id, metadata={key: key}) for key in keys),
    )

    merged = {key: key for key in keys}
    assert (await async_sdk.beta.threads.retrieve(thread.id)).metadata == merged
    assert (await async_sdk.beta.threads.messages.retrieve(message.id, thread_id=thread.id)).metadata == merged
