"""An object of an adapter goes on after another program erased its user, or deleted its threads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from agent_framework import Message
from google.adk.events import Event, EventActions
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.graph import START, MessagesState, StateGraph
from pydantic_ai.conversation import Conversation
from pydantic_ai.messages import ModelRequest, UserPromptPart

import threadkeep.tests.adapters.all_frameworks  # noqa: F401 - skips this module without them
from threadkeep.adapters.agent_framework import ThreadkeepHistoryProvider
from threadkeep.adapters.google_adk import ThreadkeepSessionService
from threadkeep.adapters.langgraph import ThreadkeepSaver
from threadkeep.adapters.openai_agents import ThreadkeepSession
from threadkeep.adapters.pydantic_ai import ThreadkeepConversationStore
from threadkeep.tests.adapters.sessions import ChatKit, Claude, GoogleADK, Session, turn

if TYPE_CHECKING:
    from threadkeep.adapters.stores import Store

PLACE: Any = {"app_name": "app", "user_id": "ada"}


async def delete_threads(store: Store) -> None:
    """Delete all threads, as another program does."""
    for thread in await store.thread_service.find_threads():
        await store.thread_service.delete_thread(thread.id)


async def erase(store: Store, external_id: str) -> None:
    """Erase a user of a framework."""
    await store.user_service.delete_user((await store.user_service.get_user_by_external_id(external_id)).id)


@pytest.mark.parametrize("kind", [Claude, GoogleADK, ChatKit], ids=lambda kind: kind.__name__)
async def test_sessions_of_one_object_begin_again_without_their_threads(kind: type[Session], store: Store) -> None:
    session = kind(store, "s")
    await session.say(0, "answer")
    await delete_threads(store)

    assert await session.said() == []
    await session.say(1, "answer")
    assert await session.said() == [*turn(1, "answer")]


async def test_the_agents_sdk_begins_again_without_its_thread(store: Store) -> None:
    session = ThreadkeepSession("s", store)
    items: Any = [{"role": "user", "content": "a"}]
    await session.add_items(items)
    for call in (session.get_items, session.pop_item, lambda: session.get_items(1), session.clear_session):
        await delete_threads(store)
        assert await call() in ([], None)
        await session.add_items(items)
        assert await session.get_items() == items


async def test_the_agent_framework_begins_again_without_its_thread(store: Store) -> None:
    provider = ThreadkeepHistoryProvider(store)
    said = [Message("user", ["a"]), Message("assistant", ["b"], message_id="m")]
    for _ in range(2):
        await provider.save_messages("s", said)
        assert [message.text for message in await provider.get_messages("s")] == ["a", "b"]
        await delete_threads(store)


async def test_the_development_kit_creates_an_erased_user_again(store: Store) -> None:
    sessions = ThreadkeepSessionService(store)
    for number in range(2):
        session = await sessions.create_session(**PLACE, state={"user:a": number})
        assert session.state == {"user:a": number}
        await erase(store, "ada")

    assert (await sessions.create_session(**PLACE)).state == {}


async def test_the_development_kit_shares_state_of_an_erased_user_again(store: Store) -> None:
    """The session has no participant, so it outlives the user."""
    session = await ThreadkeepSessionService(store, ensures_users=False).create_session(**PLACE)
    sessions = ThreadkeepSessionService(store)
    for number in range(2):
        delta = EventActions(state_delta={"user:a": number})
        await sessions.append_event(session, Event(author="user", actions=delta))
        assert await sessions.get_user_state(**PLACE) == {"a": number}
        await erase(store, "ada")


@pytest.mark.parametrize("is_whole", [True, False], ids=["both threads", "the conversation"])
async def test_a_graph_stores_its_messages_again_without_their_thread(store: Store, is_whole: bool) -> None:  # noqa: FBT001
    """The messages have the ids and the words that they had before."""
    graph = StateGraph(MessagesState)
    graph.add_node("model", lambda state: {"messages": [AIMessage("yes", id=f"a{len(state['messages'])}")]})
    graph.add_edge(START, "model")
    compiled: Any = graph.compile(checkpointer=ThreadkeepSaver(store))
    config: Any = {"configurable": {"thread_id": "g"}}
    for _ in range(3):
        await compiled.ainvoke({"messages": [HumanMessage("hi", id="q")]}, config)
        state = await compiled.aget_state(config)
        assert [message.content for message in state.values["messages"]] == ["hi", "yes"]
        if is_whole:
            await delete_threads(store)
        else:
            thread = await store.thread_service.get_thread_by_external_id("g")
            await store.thread_service.delete_thread(thread.id)


async def test_a_graph_stores_a_message_again_that_others_deleted(store: Store) -> None:
    graph = StateGraph(MessagesState)
    graph.add_node("end", lambda _: {})
    graph.add_edge(START, "end")
    compiled: Any = graph.compile(checkpointer=ThreadkeepSaver(store))
    config: Any = {"configurable": {"thread_id": "g"}}
    await compiled.ainvoke({"messages": [HumanMessage("hi", id="q"), HumanMessage("more", id="r")]}, config)
    thread = await store.thread_service.get_thread_by_external_id("g")
    await store.message_service.delete_message((await store.message_service.list_messages(thread.id))[0].id)
    await compiled.ainvoke({"messages": [HumanMessage("hi", id="q")]}, config)

    state = await compiled.aget_state(config)
    assert [message.content for message in state.values["messages"]] == ["more", "hi"]


async def test_a_conversation_that_is_deleted_in_a_run_is_stored_again(store: Store) -> None:
    first, second = HumanMessage("a", id="1"), HumanMessage("b", id="2")
    conversation = ThreadkeepSaver(store)._checkpoints._thread("g").conversation  # noqa: SLF001
    await conversation.numbers([first])
    await delete_threads(store)
    ranges = await conversation.numbers([first, second])

    assert conversation.messages(ranges, await conversation.read()) == [first, second]


async def test_a_save_whose_conversation_is_deleted_meanwhile_begins_it_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversations = ThreadkeepConversationStore(store)
    conversation = Conversation(conversation_id="c", messages=[ModelRequest([UserPromptPart("a")])])
    commit = conversations._commit  # noqa: SLF001

    async def commit_late(*arguments: Any) -> None:
        monkeypatch.undo()
        await delete_threads(store)
        await commit(*arguments)

    monkeypatch.setattr(conversations, "_commit", commit_late)
    await conversations.save(conversation)

    found = await conversations.load("c")
    assert found is not None
    assert len(found.messages) == 1
