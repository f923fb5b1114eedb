"""The history provider of the Agent Framework: messages come back, and transcripts that are sent whole are stored once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("agent_framework")

from agent_framework import Agent, BaseChatClient, ChatResponse, Content, FunctionInvocationLayer, Message

from threadkeep.adapters.agent_framework import ThreadkeepHistoryProvider

if TYPE_CHECKING:
    from threadkeep.adapters.stores import Store

HISTORY = [
    Message("user", ["What is this?", Content.from_uri("https://example.com/a.png", media_type="image/png")]),
    Message(
        "assistant",
        [
            Content.from_text_reasoning(text="Two calls."),
            "Let me look, half \ud83d way.",
            Content.from_function_call("c1", "weather", arguments={"city": "Rome"}),
            Content.from_function_call("c2", "weather", arguments='{"city": "Oslo"}'),
        ],
        message_id="m1",
    ),
    Message("tool", [Content.from_function_result("c1", result="22"), Content.from_function_result("c2", result="8")]),
    Message("assistant", ["Warm and cold."], message_id="m2", additional_properties={"n": 1.0}),
]


def as_dicts(messages: list[Message]) -> list[dict[str, Any]]:
    """Return messages as dicts: messages themselves compare by identity."""
    return [message.to_dict() for message in messages]


async def test_messages_come_back_and_others_read_their_turns(store: Store) -> None:
    user = await store.user_service.create_user(full_name="Ada")
    provider = ThreadkeepHistoryProvider(store, user_id=user.id)
    await provider.save_messages("s1", HISTORY[:2])
    await provider.save_messages("s1", HISTORY)  # the whole transcript again
    await provider.save_messages("s1", HISTORY[3:])
    await provider.save_messages("s1", [])

    assert as_dicts(await ThreadkeepHistoryProvider(store).get_messages("s1")) == as_dicts(HISTORY)
    assert await provider.get_messages("unknown") == []
    thread = await store.thread_service.get_thread_by_external_id("s1")
    shown = await store.message_service.get_formatted_messages(thread.id)
    assert [message["role"] for message in shown] == ["user", "assistant", "tool", "tool", "assistant"]
    assert [call["id"] for call in shown[1]["tool_calls"]] == ["c1", "c2"]
    with pytest.raises(ValueError, match="session_id"):
        await provider.get_messages(None)


async def test_the_same_words_may_be_said_again(store: Store) -> None:
    provider = ThreadkeepHistoryProvider(store)
    for number in range(3):
        await provider.save_messages(
            "s", [Message("user", ["Yes"]), Message("assistant", ["OK"], message_id=f"m{number}")]
        )

    assert [message.text for message in await provider.get_messages("s")] == 3 * ["Yes", "OK"]


async def test_concurrent_first_writers_share_one_thread(store: Store) -> None:
    await asyncio.gather(*(ThreadkeepHistoryProvider(store).save_messages("raced", HISTORY[1:2]) for _ in range(6)))

    assert as_dicts(await ThreadkeepHistoryProvider(store).get_messages("raced")) == as_dicts(HISTORY[1:2])


class _Model(FunctionInvocationLayer[Any], BaseChatClient[Any]):
    """Answers with two calls, and then with the number of messages that it was sent."""

    async def _answer(self, messages: Any) -> ChatResponse:
        if messages[-1].role == "tool":
            return ChatResponse(messages=[Message("assistant", [f"Answer {len(messages)}"])])
        calls = [
            Content.from_function_call(f"{city}{len(messages)}", "weather", arguments={"city": city})
            for city in ("Rome", "Oslo")
        ]
        return ChatResponse(messages=[Message("assistant", calls)])

    def _inner_get_response(self, *, messages: Any, stream: bool, options: Any, **kwargs: Any) -> Any:  # noqa: ARG002
        return self._answer(messages)


async def test_an_agent_with_parallel_tools_goes_on_in_another_process(store: Store) -> None:
    def weather(city: str) -> str:
        """Return the weather."""
        return f"22 in {city}"

    answers = []
    for _ in range(2):
        provider = ThreadkeepHistoryProvider(store)
        agent = Agent(_Model(), tools=[weather], context_providers=[provider])
        session = agent.create_session(session_id="run")
        answers.append((await agent.run("How warm?", session=session)).text)

    thread = await store.thread_service.get_thread_by_external_id("run")
    shown = await store.message_service.get_formatted_messages(thread.id)
    assert [message["role"] for message in shown] == 2 * ["user", "assistant", "tool", "tool", "assistant"]
    assert [len(message.get("tool_calls", ())) for message in shown][1::5] == [2, 2]
    assert answers[0] != answers[1]
    assert [message["content"] for message in shown[4::5]] == answers
