"""Keyless retries: an answer is lost, and the SDK sends its request again, by default twice."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from openai import APIConnectionError, AsyncOpenAI, OpenAI

from threadkeep.tests.routers.openai.conftest import sdk_options
from threadkeep.tests.routers.openai.flaky_proxy import FlakyProxy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from threadkeep.tests.live_server import LiveServer


@pytest.fixture
def proxy(live_server: LiveServer) -> Iterator[FlakyProxy]:
    """A proxy between the SDK and the service."""
    with FlakyProxy(int(live_server.url.rpartition(":")[2])).running() as proxy:
        yield proxy


@pytest.fixture(autouse=True)
def _short_retry_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the wait of the SDK before a retry from 500 ms to 50 ms."""
    monkeypatch.setattr("openai._base_client.INITIAL_RETRY_DELAY", 0.05)


@pytest.fixture
def retrying(proxy: FlakyProxy, live_server: LiveServer) -> Iterator[OpenAI]:
    """The SDK with its default of two retries."""
    options = sdk_options(live_server, base_url=f"{proxy.url}/openai/v1", max_retries=2)
    with OpenAI(**options) as client:
        yield client


def texts_of(sdk: OpenAI, thread_id: str) -> list[str]:
    """Return the texts of a thread, oldest first."""
    return [message.content[0].text.value for message in sdk.beta.threads.messages.list(thread_id, order="asc")]  # type: ignore[union-attr]


@pytest.mark.parametrize("losses", [1, 2])
def test_a_message_with_a_lost_answer_is_stored_once(
    sdk: OpenAI, retrying: OpenAI, proxy: FlakyProxy, losses: int
) -> None:
    thread = sdk.beta.threads.create()
    proxy.lost_answers = losses

    message = retrying.beta.threads.messages.create(thread.id, role="user", content="Once", metadata={"a": "b"})

    assert proxy.requests == losses + 1
    assert sdk.beta.threads.messages.list(thread.id).data == [message]


def test_a_message_with_lost_requests_is_stored(sdk: OpenAI, retrying: OpenAI, proxy: FlakyProxy) -> None:
    thread = sdk.beta.threads.create()
    proxy.lost_requests = 2

    message = retrying.beta.threads.messages.create(thread.id, role="user", content="Once")

    assert proxy.requests == 3
    assert sdk.beta.threads.messages.list(thread.id).data == [message]


def test_equal_messages_that_are_no_retries_are_all_stored(sdk: OpenAI, retrying: OpenAI, proxy: FlakyProxy) -> None:
    thread = sdk.beta.threads.create()
    for _ in range(2):
        retrying.beta.threads.messages.create(thread.id, role="user", content="yes")
    proxy.lost_answers = 1

    third = retrying.beta.threads.messages.create(thread.id, role="user", content="yes")

    assert texts_of(sdk, thread.id) == ["yes"] * 3
    assert sdk.beta.threads.messages.list(thread.id, limit=1).data == [third]


def test_a_retry_with_another_body_is_another_message(sdk: OpenAI, retrying: OpenAI, proxy: FlakyProxy) -> None:
    thread = sdk.beta.threads.create(messages=[{"role": "user", "content": "x", "metadata": {"a": "b"}}])
    proxy.lost_requests = 1
    retrying.beta.threads.messages.create(thread.id, role="user", content="x")
    proxy.lost_requests = 1
    retrying.beta.threads.messages.create(thread.id, role="assistant", content="x")

    assert texts_of(sdk, thread.id) == ["x"] * 3


def test_a_retry_long_after_the_first_message_is_another_message(sdk: OpenAI, live_server: LiveServer) -> None:
    thread = sdk.beta.threads.create()
    sdk.beta.threads.messages.create(thread.id, role="user", content="x")

    def resend(attempt: int, age_seconds: float) -> int:
        """Send the message again with a timeout of one minute. Return the number of messages after it."""
        live_server.database.messages.update_many(
            {}, [{"$set": {"created_at": {"$subtract": ["$$NOW", int(age_seconds * 1000)]}}}]
        )
        again = {"x-stainless-retry-count": str(attempt), "x-stainless-read-timeout": "60"}
        sdk.beta.threads.messages.create(thread.id, role="user", content="x", extra_headers=again)
        return live_server.database.messages.count_documents({})

    assert resend(1, age_seconds=1) == 1  # retry after a lost connection
    assert resend(2, age_seconds=62) == 1  # retry after the timeout
    assert resend(3, age_seconds=3000) == 2


def test_items_with_a_lost_answer_are_stored_once(sdk: OpenAI, retrying: OpenAI, proxy: FlakyProxy) -> None:
    conversation = sdk.conversations.create(items=[{"role": "user", "content": "x"}])
    items: list[Any] = [
        {"role": "user", "content": "x"},
        {"type": "function_call", "call_id": "call_1", "name": "weather", "arguments": "{}"},
        {"role": "assistant", "content": [{"type": "output_text", "text": "y", "logprobs": []}]},
    ]
    proxy.lost_answers = 1

    made = retrying.conversations.items.create(conversation.id, items=items).data

    assert list(sdk.conversations.items.list(conversation.id, order="asc"))[1:] == made


@pytest.mark.slow
async def test_sixteen_writers_with_lost_answers_and_requests_store_each_message_once(
    sdk: OpenAI, proxy: FlakyProxy, live_server: LiveServer
) -> None:
    thread = sdk.beta.threads.create()
    texts = [[f"{writer}/{number}" for number in range(5)] for writer in range(16)]
    options = sdk_options(live_server, base_url=f"{proxy.url}/openai/v1", max_retries=10)
    async with AsyncOpenAI(**options) as client:

        async def write(own_texts: list[str]) -> list[str]:
            ids = []
            for text in own_texts:
                message = await client.beta.threads.messages.create(thread.id, role="user", content=text)
                ids.append(message.id)
                if text.endswith("2"):
                    proxy.lost_answers += 1
                if text.endswith("3"):
                    proxy.lost_requests += 1
            return ids

        answered = await asyncio.gather(*map(write, texts))

    stored = sdk.beta.threads.messages.list(thread.id, order="asc", limit=100).data
    by_id = {message.id: message.content[0].text.value for message in stored}  # type: ignore[union-attr]
    assert proxy.requests > 16 * 5
    assert len(stored) == 16 * 5
    for own_texts, ids in zip(texts, answered, strict=True):
        assert [by_id[name] for name in ids] == own_texts
        assert sorted(ids, key=list(by_id).index) == ids


@pytest.mark.slow
async def test_sixteen_equal_messages_with_lost_answers_are_sixteen_messages(
    sdk: OpenAI, proxy: FlakyProxy, live_server: LiveServer
) -> None:
    thread = sdk.beta.threads.create()
    proxy.loses_first_answers = True
    options = sdk_options(live_server, base_url=f"{proxy.url}/openai/v1", max_retries=10)
    async with AsyncOpenAI(**options) as client:
        messages = await asyncio.gather(
            *(client.beta.threads.messages.create(thread.id, role="user", content="yes") for _ in range(16))
        )

    assert len({message.id for message in messages}) == 16
    assert texts_of(sdk, thread.id) == ["yes"] * 16


def test_updates_may_be_retried(sdk: OpenAI, retrying: OpenAI, proxy: FlakyProxy) -> None:
    thread = sdk.beta.threads.create(metadata={"a": "1"})
    proxy.lost_answers = 1

    assert retrying.beta.threads.update(thread.id, metadata={"b": "2"}).metadata == {"a": "1", "b": "2"}


@pytest.mark.parametrize("resource", ["thread", "message", "conversation", "items"])
def test_an_idempotency_key_prevents_a_second_creation(
    sdk: OpenAI, retrying: OpenAI, proxy: FlakyProxy, live_server: LiveServer, resource: str
) -> None:
    key = {"Idempotency-Key": "own_texts"}
    thread = sdk.beta.threads.create()
    item: Any = {"role": "user", "content": "x"}
    proxy.lost_answers = 1

    made: dict[str, Any] = {
        "thread": lambda: retrying.beta.threads.create(messages=[item], extra_headers=key),
        "message": lambda: retrying.beta.threads.messages.create(thread.id, **item, extra_headers=key),
        "conversation": lambda: retrying.conversations.create(items=[item], extra_headers=key),
        "items": lambda: retrying.conversations.items.create(thread.id, items=[item], extra_headers=key),
    }
    made[resource]()

    assert proxy.requests == 2
    assert live_server.database.messages.count_documents({}) == 1
    assert live_server.database.threads.count_documents({}) == (2 if resource in ("thread", "conversation") else 1)


def test_an_idempotency_key_with_another_request_is_refused_without_a_retry(
    retrying: OpenAI, sdk: OpenAI, proxy: FlakyProxy
) -> None:
    thread = sdk.beta.threads.create()
    key = {"Idempotency-Key": "own_texts"}
    retrying.beta.threads.messages.create(thread.id, role="user", content="x", extra_headers=key)

    with pytest.raises(Exception, match="Idempotency-Key") as refused:
        retrying.beta.threads.messages.create(thread.id, role="user", content="y", extra_headers=key)

    assert (refused.value.status_code, refused.value.code) == (409, "idempotency_key_reused")  # type: ignore[attr-defined]
    assert proxy.requests == 2


def test_without_retries_a_lost_answer_raises(sdk: OpenAI, retrying: OpenAI, proxy: FlakyProxy) -> None:
    thread = sdk.beta.threads.create()
    proxy.lost_answers = 1

    with pytest.raises(APIConnectionError):
        retrying.with_options(max_retries=0).beta.threads.messages.create(thread.id, role="user", content="x")

    assert texts_of(sdk, thread.id) == ["x"]


@pytest.mark.parametrize("count", ["", "x", "-1", "0", "1" * 50, "1.5"])
def test_invalid_retry_counts_are_not_retries(sdk: OpenAI, count: str) -> None:
    thread = sdk.beta.threads.create()

    for _ in range(2):
        headers = {"x-stainless-retry-count": count, "x-stainless-read-timeout": "nan"}
        sdk.beta.threads.messages.create(thread.id, role="user", content="x", extra_headers=headers)

    assert texts_of(sdk, thread.id) == ["x"] * 2
