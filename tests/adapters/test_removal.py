"""If one program pops, cuts or deletes messages, the adapters of all others go on without these messages."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

for _module in ("agents", "pydantic_ai.conversation_store", "google.adk", "chatkit"):
    pytest.importorskip(_module)

from google.adk.events import Event, EventActions  # noqa: E402  the frameworks may be missing
from google.genai import types  # noqa: E402
from pydantic_ai.conversation import Conversation  # noqa: E402
from pydantic_ai.messages import ModelRequest, ModelResponse, TextPart, UserPromptPart  # noqa: E402

from threadkeep.adapters.google_adk import ThreadkeepSessionService  # noqa: E402
from threadkeep.adapters.openai_agents import ThreadkeepSession  # noqa: E402
from threadkeep.adapters.pydantic_ai import ThreadkeepConversationStore  # noqa: E402

if TYPE_CHECKING:
    from threadkeep.adapters.stores import Store
    from threadkeep.keep import Threadkeep

QUESTION = ModelRequest([UserPromptPart("Which train?")])
ANSWER = ModelResponse([TextPart("The night train.")])
STATED = EventActions(state_delta={"user:city": "Rome"})


def said(text: str, **changes: Any) -> Event:
    """Return an event of a user."""
    return Event(author="user", content=types.Content(role="user", parts=[types.Part(text=text)]), **changes)


async def thread_id_of(store: Store, external_id: str) -> str:
    """Return the id of the thread with this external id."""
    return (await store.thread_service.get_thread_by_external_id(external_id)).id


async def test_a_pop_is_one_cut_that_takes_the_bookkeeping_behind_the_item(keep: Threadkeep) -> None:
    session = ThreadkeepSession("s", keep)
    items: Any = [{"role": "user", "content": str(number)} for number in range(3)]
    await session.add_items(items)
    thread_id = await thread_id_of(keep, "s")
    states: Any = [{"type": "my.state", "item": {"step": step}} for step in range(6)]
    await keep.message_service.create_messages(thread_id, states)

    popped = await session.pop_item()
    thread: Any = await keep.runtime.documents.threads.find_one({"_id": thread_id})
    [*_, cut] = thread["cuts"]
    await keep.message_service.create_messages(thread_id, states)

    assert (popped, await session.pop_item()) == (items[2], items[1])
    assert (cut["first"], cut["last"], cut["count"]) == (3, 9, 7)
    assert await session.get_items() == items[:1]
    assert await keep.runtime.documents.deleted_messages.count_documents({}) == 0


async def test_bookkeeping_alone_is_not_popped(store: Store) -> None:
    thread = await store.thread_service.create_thread()
    states: Any = [{"type": "my.state", "item": {"step": step}} for step in range(6)]
    await store.message_service.create_messages(thread.id, states)

    assert await ThreadkeepSession("any", store, thread_id=thread.id).pop_item() is None
    assert len(await store.message_service.list_messages(thread.id)) == 6


async def test_concurrent_pops_take_each_item_once(store: Store) -> None:
    session = ThreadkeepSession("raced", store)
    items: Any = [{"role": "user", "content": str(number)} for number in range(6)]
    await session.add_items(items)

    popped: list[Any] = await asyncio.gather(*(ThreadkeepSession("raced", store).pop_item() for _ in range(4)))

    assert sorted(str(item["content"]) for item in popped if item) == ["2", "3", "4", "5"]
    assert await session.get_items() == items[:2]


async def test_a_conversation_goes_on_after_another_program_popped_its_answer(store: Store) -> None:
    conversations = ThreadkeepConversationStore(store)
    await conversations.save(Conversation(messages=[QUESTION, ANSWER], conversation_id="c"))
    before = await conversations.load("c")
    await ThreadkeepSession("c", store).pop_item()

    found = await ThreadkeepConversationStore(store).load("c")
    assert before is not None
    assert found is not None
    assert found.messages == [QUESTION]
    popped_revision, other = found.revision, ModelResponse([TextPart("The bus.")])
    found.messages.append(other)
    await conversations.save(found)
    again = await conversations.load("c")
    assert again is not None
    assert again.messages == [QUESTION, other]
    assert len({before.revision, popped_revision, again.revision}) == 3
    await conversations.delete("c")
    assert await conversations.load("c") is None


async def test_a_conversation_begins_again_after_all_of_it_was_deleted(store: Store) -> None:
    conversations = ThreadkeepConversationStore(store)
    await conversations.save(Conversation(messages=[QUESTION], conversation_id="c"))
    thread_id = await thread_id_of(store, "c")
    for message in await store.message_service.list_messages(thread_id):
        await store.message_service.delete_message(message.id)

    await conversations.save(Conversation(messages=[ANSWER], conversation_id="c"))

    found = await conversations.load("c")
    assert found is not None
    assert found.messages == [ANSWER]


async def test_a_session_goes_on_after_its_newest_messages_were_cut_or_deleted(store: Store) -> None:
    place: Any = {"app_name": "app", "user_id": "ada", "session_id": "s"}
    sessions = ThreadkeepSessionService(store)
    session = await sessions.create_session(**place)
    for text in "abc":
        await sessions.append_event(session, said(text))
    thread_id = await thread_id_of(store, "app/ada/s")
    await ThreadkeepSession("any", store, thread_id=thread_id).pop_item()
    [newest] = await store.message_service.list_messages(thread_id, 1, order="desc")
    await store.message_service.delete_message(newest.id)

    found = await sessions.get_session(**place)
    assert found is not None
    await sessions.append_event(found, said("d"))
    again = await sessions.get_session(**place)
    assert again is not None
    assert [event.content and event.content.parts and event.content.parts[0].text for event in again.events] == [
        "a",
        "d",
    ]


async def test_shared_state_goes_on_after_it_was_deleted(store: Store) -> None:
    place: Any = {"app_name": "app", "user_id": "ada", "session_id": "s"}
    sessions = ThreadkeepSessionService(store)
    session = await sessions.create_session(**place)
    await sessions.append_event(session, said("a", actions=STATED))
    log = await thread_id_of(store, "google_adk/user/app/ada")
    [state] = await store.message_service.list_messages(log)
    await store.message_service.delete_message(state.id)

    await sessions.append_event(session, said("b", actions=STATED))

    assert await sessions.get_user_state(app_name="app", user_id="ada") == {"city": "Rome"}
