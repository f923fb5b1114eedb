"""What happens when an answer is lost and the SDK sends its request again, as it does by itself, twice."""

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
    """What stands between the SDK and the service."""
    with FlakyProxy(int(live_server.url.rpartition(":")[2])).running() as proxy:
        yield proxy


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK waits half a second before it tries again: no test needs that."""
    monkeypatch.setattr("openai._base_client.INITIAL_RETRY_DELAY", 0.05)


@pytest.fixture
def retrying(proxy: FlakyProxy, live_server: LiveServer) -> Iterator[OpenAI]:
    """The SDK as it comes: two retries."""
    options = sdk_options(live_server, base_url=f"{proxy.url}/openai/v1", max_retries=2)
    with OpenAI(**options) as client:
        yield client


def said(sdk: OpenAI, thread_id: str) -> list[str]:
    """The texts of a thread, oldest first."""
    return [message.content[0].text.value for message in sdk.beta.threads.messages.list(thread_id, order="asc")]  # type: ignore[union-attr]


@pytest.mark.parametrize("losses", [1, 2])
def test_message_whose_answer_was_lost_is_there_once(
    sdk: OpenAI, retrying: OpenAI, proxy: FlakyProxy, losses: int
) -> None:
    thread = sdk.beta.threads.create()
    proxy.lost_answers = losses

    message = retrying.beta.threads.messages.create(thread.id, role="user", content="Once", metadata={"a": "b"})

    assert proxy.requests == losses + 1
    assert sdk.beta.threads.messages.list(thread.id).data == [message]


def test_message_that_never_arrived_is_stored(sdk: OpenAI, retrying: OpenAI, proxy: FlakyProxy) -> None:
    thread = sdk.beta.threads.create()
    proxy.lost_requests = 2

    message = retrying.beta.threads.messages.create(thread.id, role="user", content="Once")

    assert proxy.requests == 3
    assert sdk.beta.threads.messages.list(thread.id).data == [message]


def test_the_same_words_said_twice_stay_two_messages(sdk: OpenAI, retrying: OpenAI, proxy: FlakyProxy) -> None:
    thread = sdk.beta.threads.create()
    for _ in range(2):
        retrying.beta.threads.messages.create(thread.id, role="user", content="yes")
    proxy.lost_answers = 1

    third = retrying.beta.threads.messages.create(thread.id, role="user", content="yes")

    assert said(sdk, thread.id) == ["yes"] * 3
    assert sdk.beta.threads.messages.list(thread.id, limit=1).data == [third]


def test_other_words_are_another_message(sdk: OpenAI, retrying: OpenAI, proxy: FlakyProxy) -> None:
    thread = sdk.beta.threads.create(messages=[{"role": "user", "content": "x", "metadata": {"a": "b"}}])
    proxy.lost_requests = 1
    retrying.beta.threads.messages.create(thread.id, role="user", content="x")
    proxy.lost_requests = 1
    retrying.beta.threads.messages.create(thread.id, role="assistant", content="x")

    assert said(sdk, thread.id) == ["x"] * 3


def test_message_sent_again_long_after_is_another_message(sdk: OpenAI, live_server: LiveServer) -> None:
    thread = sdk.beta.threads.create()
    sdk.beta.threads.messages.create(thread.id, role="user", content="x")

    def resend(attempt: int, age_seconds: float) -> int:
        """Send it again with the SDK's timeout at a minute; how many messages there are then."""
        live_server.database.messages.update_many(
            {}, [{"$set": {"created_at": {"$subtract": ["$$NOW", int(age_seconds * 1000)]}}}]
        )
        again = {"x-stainless-retry-count": str(attempt), "x-stainless-read-timeout": "60"}
        sdk.beta.threads.messages.create(thread.id, role="user", content="x", extra_headers=again)
        return live_server.database.messages.count_documents({})

    assert resend(1, age_seconds=1) == 1  # its connection broke
    assert resend(2, age_seconds=62) == 1  # it waited for a minute
    assert resend(3, age_seconds=3000) == 2


def test_items_whose_answer_was_lost_are_there_once(sdk: OpenAI, retrying: OpenAI, proxy: FlakyProxy) -> None:
    conversation = sdk.conversations.create(items=[{"role": "user", "content": "x"}])
    items: list[Any] = [
        {"role": "user", "content": "x"},
        {"type": "function_call", "call_id": "call_1", "name": "weather", "arguments": "{}"},
        {"role": "assistant", "content": [{"type": "output_text", "text": "y", "logprobs": []}]},
    ]
    proxy.lost_answers = 1

    made = retrying.conversations.items.create(conversation.id, items=items).data

    assert list(sdk.conversations.items.list(conversation.id, order="asc"))[1:] == made


async def test_sixteen_writers_who_lose_answers_and_requests(
    sdk: OpenAI, proxy: FlakyProxy, live_server: LiveServer
) -> None:
    thread = sdk.beta.threads.create()
    texts = [[f"{writer}/{number}" for number in range(5)] for writer in range(16)]
    options = sdk_options(live_server, base_url=f"{proxy.url}/openai/v1", max_retries=10)
    async with AsyncOpenAI(**options) as client:

        async def write(mine: list[str]) -> list[str]:
            ids = []
            for text in mine:
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
    for mine, ids in zip(texts, answered, strict=True):
        assert [by_id[name] for name in ids] == mine
        assert sorted(ids, key=list(by_id).index) == ids


async def test_sixteen_who_say_the_same_and_lose_the_answer_are_sixteen(
    sdk: OpenAI, proxy: FlakyProxy, live_server: LiveServer
) -> None:
    thread = sdk.beta.threads.create()
    proxy.lost_answers = 16
    options = sdk_options(live_server, base_url=f"{proxy.url}/openai/v1", max_retries=10)
    async with AsyncOpenAI(**options) as client:
        messages = await asyncio.gather(
            *(client.beta.threads.messages.create(thread.id, role="user", content="yes") for _ in range(16))
        )

    assert len({message.id for message in messages}) == 16
    assert said(sdk, thread.id) == ["yes"] * 16


def test_updates_may_be_sent_again(sdk: OpenAI, retrying: OpenAI, proxy: FlakyProxy) -> None:
    thread = sdk.beta.threads.create(metadata={"a": "1"})
    proxy.lost_answers = 1

    assert retrying.beta.threads.update(thread.id, metadata={"b": "2"}).metadata == {"a": "1", "b": "2"}


@pytest.mark.parametrize("resource", ["thread", "message", "conversation", "items"])
def test_idempotency_key_tells_always(
    sdk: OpenAI, retrying: OpenAI, proxy: FlakyProxy, live_server: LiveServer, resource: str
) -> None:
    key = {"Idempotency-Key": "mine"}
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


def test_idempotency_key_with_another_request_is_not_retried(retrying: OpenAI, sdk: OpenAI, proxy: FlakyProxy) -> None:
    thread = sdk.beta.threads.create()
    key = {"Idempotency-Key": "mine"}
    retrying.beta.threads.messages.create(thread.id, role="user", content="x", extra_headers=key)

    with pytest.raises(Exception, match="Idempotency-Key") as refused:
        retrying.beta.threads.messages.create(thread.id, role="user", content="y", extra_headers=key)

    assert (refused.value.status_code, refused.value.code) == (409, "idempotency_key_reused")  # type: ignore[attr-defined]
    assert proxy.requests == 2


def test_without_retries_the_caller_is_told(sdk: OpenAI, retrying: OpenAI, proxy: FlakyProxy) -> None:
    thread = sdk.beta.threads.create()
    proxy.lost_answers = 1

    with pytest.raises(APIConnectionError):
        retrying.with_options(max_retries=0).beta.threads.messages.create(thread.id, role="user", content="x")

    assert said(sdk, thread.id) == ["x"]


@pytest.mark.parametrize("count", ["", "x", "-1", "0", "1" * 50, "1.5"])
def test_strange_counts_are_first_tries(sdk: OpenAI, count: str) -> None:
    thread = sdk.beta.threads.create()

    for _ in range(2):
        headers = {"x-stainless-retry-count": count, "x-stainless-read-timeout": "nan"}
        sdk.beta.threads.messages.create(thread.id, role="user", content="x", extra_headers=headers)

    assert said(sdk, thread.id) == ["x"] * 2
