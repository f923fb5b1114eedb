"""The conversation store of Pydantic AI: the promises of `ConversationStore`, compared with its store in memory."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("pydantic_ai.conversation_store")

from pydantic_ai import Agent
from pydantic_ai.conversation import Conversation
from pydantic_ai.conversation_store import ConversationConflict
from pydantic_ai.messages import (
    BinaryImage,
    ImageUrl,
    ModelRequest,
    ModelResponse,
    SystemPromptPart,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from pydantic_ai.models.function import AgentInfo, FunctionModel

from threadkeep.adapters.pydantic_ai import ThreadkeepConversationStore

if TYPE_CHECKING:
    from threadkeep.adapters.stores import Store

HISTORY: Any = [
    ModelRequest(
        [
            SystemPromptPart("Be brief."),
            UserPromptPart(["What is this?", ImageUrl("https://example.com/a.png"), BinaryImage(b"abc", media_type="image/png")]),
        ],
        instructions="Answer.",
    ),
    ModelResponse(
        [
            ThinkingPart("Two calls.", signature="sig"),
            TextPart("Let me look."),
            ToolCallPart("weather", {"city": "Rome"}, "c1"),
            ToolCallPart("weather", '{"city": "Oslo"}', "c2"),
        ]
    ),
    ModelRequest([ToolReturnPart("weather", {"celsius": 22}, "c1"), ToolReturnPart("weather", "No such city", "c2")]),
    ModelResponse([TextPart("Half \ud83d of it.")]),
]  # fmt: skip


async def test_conversations_come_back_and_others_read_their_turns(store: Store) -> None:
    user = await store.user_service.create_user(full_name="Ada")
    conversations = ThreadkeepConversationStore(store, user_id=user.id)
    entries = await conversations.save(Conversation(messages=list(HISTORY), conversation_id="c"), scope="ada")

    again = ThreadkeepConversationStore(store)
    loaded = await again.load("c")
    assert loaded is not None
    assert loaded.messages == HISTORY
    assert [one.id for one in await again.load_entries("c", limit=2) or ()] == [one.id for one in entries[2:]]
    assert (await again.read_entry(entries[1].id)).message == HISTORY[1]
    assert [one.conversation_id for one in await again.list_conversations(scope="ada")] == ["c"]
    assert await again.list_conversations(scope="other") == []
    thread = await store.thread_service.get_thread_by_external_id("c")
    shown = await store.message_service.get_formatted_messages(thread.id)
    assert [message["role"] for message in shown] == ["system", "user", "assistant", "tool", "tool", "assistant"]
    assert [call["id"] for call in shown[2]["tool_calls"]] == ["c1", "c2"]
    assert shown[3]["content"] == '{"celsius":22}'


async def test_one_of_several_writers_saves(store: Store) -> None:
    conversations = ThreadkeepConversationStore(store)
    new = [Conversation(messages=[HISTORY[0]], conversation_id="raced") for _ in range(4)]
    outcomes = await asyncio.gather(*(conversations.save(one) for one in new), return_exceptions=True)
    loaded = [await conversations.load("raced") for _ in range(3)]
    for number, one in enumerate(loaded):
        assert one is not None
        one.messages.append(ModelResponse([TextPart(str(number))]))
    later = await asyncio.gather(*(conversations.save(one) for one in loaded if one), return_exceptions=True)

    assert sorted(isinstance(one, ConversationConflict) for one in outcomes) == [False, True, True, True]
    assert sorted(isinstance(one, ConversationConflict) for one in later) == [False, True, True]
    found = await conversations.load("raced")
    assert found is not None
    assert len(found.messages) == 2


async def test_forks_and_branches_share_entries_until_the_last_is_deleted(store: Store) -> None:
    conversations = ThreadkeepConversationStore(store)
    await conversations.save(Conversation(messages=list(HISTORY), conversation_id="source"))
    fork = await conversations.fork("source", at=2, new_conversation_id="fork")
    fork.messages.append(ModelRequest([UserPromptPart("And now?")]))
    await conversations.save(fork)
    source = await conversations.load("source")
    assert source is not None
    branched = await conversations.branch("source", at=1, expected_revision=source.revision)
    branched.messages.append(ModelResponse([TextPart("Another answer.")]))
    await conversations.save(branched)

    loaded = await ThreadkeepConversationStore(store).load("source")
    assert loaded is not None
    assert loaded.messages == [HISTORY[0], branched.messages[-1]]
    await conversations.delete("source")
    assert await conversations.load("source") is None
    kept = await ThreadkeepConversationStore(store).load("fork")
    assert kept is not None
    assert kept.messages == [*HISTORY[:2], fork.messages[-1]]
    await conversations.delete("fork")
    assert await store.thread_service.find_threads() == []


async def test_messages_of_others_are_part_of_the_conversation(store: Store) -> None:
    conversations = ThreadkeepConversationStore(store)
    thread = await store.thread_service.ensure_thread("shared", [], {})
    calls = [{"id": "c1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Rome"}'}}]
    await store.message_service.create_messages(
        thread.id,
        [
            {"role": "user", "content": "How warm?"},
            {"role": "assistant", "content": "Let me look.", "tool_calls": calls},
            {"role": "tool", "content": "22", "tool_call_id": "c1"},
        ],
    )
    loaded = await conversations.load("shared")
    assert loaded is not None
    assert [type(one) for one in loaded.messages] == [ModelRequest, ModelResponse, ModelRequest]
    assert [type(part) for part in loaded.messages[1].parts] == [TextPart, ToolCallPart]
    loaded.messages.append(ModelResponse([TextPart("22 degrees.")]))
    await conversations.save(loaded)
    await store.message_service.create_message(thread.id, "Thanks", "user")

    with pytest.raises(ConversationConflict):
        await conversations.save(loaded)
    again = await ThreadkeepConversationStore(store).load("shared")
    assert again is not None
    assert [one.parts[0].part_kind for one in again.messages] == [
        *("user-prompt", "text", "tool-return", "text", "user-prompt")
    ]


async def test_an_agent_goes_on_in_another_process(store: Store) -> None:
    def model(messages: list[Any], _: AgentInfo) -> ModelResponse:
        if any(isinstance(part, ToolReturnPart) for part in messages[-1].parts):
            return ModelResponse([TextPart(f"Answer {len(messages)}")])
        return ModelResponse(
            [ToolCallPart("weather", {"city": "Rome"}, "a"), ToolCallPart("weather", {"city": "Oslo"}, "b")]
        )

    agent = Agent(FunctionModel(model))

    @agent.tool_plain
    def weather(city: str) -> str:
        """Return the weather."""
        return f"22 in {city}"

    for _ in range(2):
        conversations = ThreadkeepConversationStore(store)
        conversation = await conversations.load("run") or Conversation(conversation_id="run")
        result = await agent.run("How warm?", conversation=conversation)
        await conversations.save(result)

    loaded = await ThreadkeepConversationStore(store).load("run")
    assert loaded is not None
    assert (len(loaded.messages), result.output) == (8, "Answer 7")
    assert loaded.usage.requests == 4
