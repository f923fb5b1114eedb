"""The session service of the Agent Development Kit: state in its scopes, events, stale sessions, and a run."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("google.adk")

from google.adk.agents import LlmAgent
from google.adk.errors.already_exists_error import AlreadyExistsError
from google.adk.errors.session_not_found_error import SessionNotFoundError
from google.adk.events import Event, EventActions
from google.adk.models import BaseLlm
from google.adk.models.llm_response import LlmResponse
from google.adk.runners import Runner
from google.adk.sessions.base_session_service import GetSessionConfig
from google.adk.tools.long_running_tool import LongRunningFunctionTool
from google.genai import types

from threadkeep.adapters.google_adk import ThreadkeepSessionService
from threadkeep.context import check_chat

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from threadkeep.adapters.stores import Store

PLACE: Any = {"app_name": "a/pp", "user_id": "ada@example.org"}
NAMED: Any = {**PLACE, "session_id": "s1"}


def event(text: str, author: str = "user", **changes: Any) -> Event:
    """Return an event with a text."""
    role = "user" if author == "user" else "model"
    return Event(author=author, content=types.Content(role=role, parts=[types.Part(text=text)]), **changes)


async def test_sessions_come_back_with_their_state_and_others_read_their_turns(store: Store) -> None:
    sessions = ThreadkeepSessionService(store)
    session = await sessions.create_session(**NAMED, state={"a": 1, "app:b": 2.5, "user:c": [3], "temp:d": 4})
    calls = [
        types.Part(function_call=types.FunctionCall(id=one, name="weather", args={"city": "Rome"})) for one in "xy"
    ]
    outputs = [
        types.Part(function_response=types.FunctionResponse(id=one, name="weather", response={"result": "22"}))
        for one in "xy"
    ]
    image = types.Part(inline_data=types.Blob(data=b"abc", mime_type="image/png"))
    said = [
        Event(author="user", content=types.Content(role="user", parts=[types.Part(text="What is this?"), image])),
        Event(author="bot", content=types.Content(role="model", parts=[types.Part(text="Hmm", thought=True), *calls])),
        Event(author="bot", content=types.Content(role="user", parts=outputs)),
        event("22 degrees", "bot", actions=EventActions(state_delta={"a": None, "user:c": 7, "temp:e": 8})),
    ]  # fmt: skip
    for one in said:
        await sessions.append_event(session, one)
    await sessions.append_event(session, said[-1])  # a retry
    await sessions.append_event(session, event("partial", partial=True))

    found = await ThreadkeepSessionService(store).get_session(**NAMED)
    assert found is not None
    assert found.events == said
    assert found.state == {"a": None, "app:b": 2.5, "user:c": 7}
    assert found.last_update_time == said[-1].timestamp
    assert await sessions.get_user_state(**PLACE) == {"c": 7}
    recent = await sessions.get_session(**NAMED, config=GetSessionConfig(num_recent_events=2))
    assert recent is not None
    assert (recent.events, recent.state) == (said[2:], found.state)
    thread = await store.thread_service.get_thread_by_external_id("a%2Fpp/ada@example.org/s1")
    shown = await store.message_service.get_formatted_messages(thread.id)
    assert [message["role"] for message in shown] == ["user", "assistant", "tool", "tool", "assistant"]
    user = await store.user_service.get_user_by_external_id("ada@example.org")
    assert thread.participant_ids == [user.id]


async def test_a_session_that_was_continued_elsewhere_is_refused(store: Store) -> None:
    sessions = ThreadkeepSessionService(store)
    first = await sessions.create_session(**NAMED)
    second = await ThreadkeepSessionService(store).get_session(**NAMED)
    assert second is not None
    await sessions.append_event(first, event("one"))

    with pytest.raises(ValueError, match="continued elsewhere"):
        await sessions.append_event(second, event("two"))
    with pytest.raises(AlreadyExistsError):
        await sessions.create_session(**NAMED)
    with pytest.raises(AlreadyExistsError):
        await sessions.append_event(first, event("another", id=first.events[0].id))
    await sessions.delete_session(**NAMED)
    assert await sessions.get_session(**NAMED) is None
    with pytest.raises(SessionNotFoundError):
        await ThreadkeepSessionService(store).append_event(first, event("late"))


async def test_sessions_are_listed_and_shared_state_survives_races(store: Store) -> None:
    sessions = ThreadkeepSessionService(store)
    made = [await sessions.create_session(**PLACE, session_id=f"s{number}") for number in range(3)]
    deltas = [EventActions(state_delta={f"user:{one.id}": 1, "n": one.id}) for one in made]
    await asyncio.gather(
        *(sessions.append_event(one, event("Hi", actions=delta)) for one, delta in zip(made, deltas, strict=True))
    )

    listed = (await sessions.list_sessions(app_name="a/pp")).sessions
    assert {session.id: session.state["n"] for session in listed} == {"s0": "s0", "s1": "s1", "s2": "s2"}
    assert await sessions.get_user_state(**PLACE) == {"s0": 1, "s1": 1, "s2": 1}
    assert (await sessions.list_sessions(app_name="a/pp", user_id="nobody")).sessions == []


async def test_the_time_of_a_session_is_that_of_its_newest_event(store: Store) -> None:
    """Events of an imported session are older than the session. The newest event has several stored messages."""
    sessions = ThreadkeepSessionService(store)
    session = await sessions.create_session(**NAMED)
    parts = [types.Part(function_call=types.FunctionCall(id=one, name="weather", args={})) for one in "xy"]
    for moment in (1730613600.0, 1730615400.123456):
        content = types.Content(role="model", parts=parts)
        await sessions.append_event(session, Event(author="bot", timestamp=moment, content=content))

    found = await ThreadkeepSessionService(store).get_session(**NAMED)
    [listed] = (await sessions.list_sessions(**PLACE)).sessions
    assert found == session
    assert (session.last_update_time, listed.last_update_time) == (1730615400.123456, 1730615400.123456)


@pytest.mark.filterwarnings("ignore")
async def test_values_of_state_replace_each_other_and_a_value_without_json_becomes_a_text(store: Store) -> None:
    sessions = ThreadkeepSessionService(store)
    state = {"profile": {"name": "Ada", "role": "admin"}, "flag": False, "app:call": print}
    session = await sessions.create_session(**NAMED, state=state)
    delta = {"profile": {"name": "Bob"}, "call": print}
    await sessions.append_event(session, event("Hi", actions=EventActions(state_delta=delta)))

    found = await sessions.get_session(**PLACE, session_id=" s1 ")
    assert found is not None
    text = str(print)
    assert found.state == {"profile": {"name": "Bob"}, "flag": False, "call": text, "app:call": text}


class _Model(BaseLlm):
    """Answers with two calls, and then with words."""

    async def generate_content_async(self, llm_request: Any, stream: bool = False) -> AsyncGenerator[LlmResponse]:  # noqa: ARG002, FBT001, FBT002
        last = llm_request.contents[-1].parts
        if any(part.function_response for part in last):
            parts = [types.Part(text=f"Answer {len(llm_request.contents)}")]
        else:
            parts = [
                types.Part(function_call=types.FunctionCall(name="weather", args={"city": city}))
                for city in ("Rome", "Oslo")
            ]
        yield LlmResponse(content=types.Content(role="model", parts=parts))


async def test_a_run_goes_on_in_another_process(store: Store) -> None:
    def weather(city: str) -> dict[str, str]:
        """Return the weather."""
        return {"result": f"22 in {city}"}

    await ThreadkeepSessionService(store).create_session(app_name="app", user_id="u", session_id="run")
    for _ in range(2):
        agent = LlmAgent(name="bot", model=_Model(model="m"), tools=[weather])
        runner = Runner(app_name="app", agent=agent, session_service=ThreadkeepSessionService(store))
        message = types.Content(role="user", parts=[types.Part(text="How warm?")])
        events = [one async for one in runner.run_async(user_id="u", session_id="run", new_message=message)]

    assert events[-1].content is not None
    session = await ThreadkeepSessionService(store).get_session(app_name="app", user_id="u", session_id="run")
    assert session is not None
    assert len(session.events) == 8
    thread = await store.thread_service.get_thread_by_external_id("app/u/run")
    shown = await store.message_service.get_formatted_messages(thread.id)
    assert [message["role"] for message in shown] == 2 * ["user", "assistant", "tool", "tool", "assistant"]


class _Asking(BaseLlm):
    """Calls a tool, and then answers with the last output that it was sent."""

    async def generate_content_async(self, llm_request: Any, stream: bool = False) -> AsyncGenerator[LlmResponse]:  # noqa: ARG002, FBT001, FBT002
        outputs = [part.function_response for one in llm_request.contents for part in one.parts]
        found = [output.response for output in outputs if output]
        call = types.FunctionCall(id="c1", name="ask", args={"city": "Rome"})
        part = types.Part(text=f"{len(found)}: {found[-1]}") if found else types.Part(function_call=call)
        yield LlmResponse(content=types.Content(role="model", parts=[part]))


async def test_a_long_running_call_is_answered_in_another_process(store: Store) -> None:
    def ask(city: str) -> dict[str, str]:  # noqa: ARG001 - the answer comes later
        """Ask a person."""
        return {"ticket": "t1"}

    async def answered(*parts: types.Part) -> list[Any]:
        agent = LlmAgent(name="bot", model=_Asking(model="m"), tools=[LongRunningFunctionTool(ask)])
        runner = Runner(app_name="app", agent=agent, session_service=ThreadkeepSessionService(store))
        message = types.Content(role="user", parts=list(parts))
        return [one async for one in runner.run_async(user_id="u", session_id="long", new_message=message)]

    await ThreadkeepSessionService(store).create_session(app_name="app", user_id="u", session_id="long")
    first = await answered(types.Part(text="How warm?"))
    response = types.FunctionResponse(id="c1", name="ask", response={"result": "22"})
    last = await answered(types.Part(function_response=response))

    assert first[0].long_running_tool_ids == {"c1"}
    assert last[-1].content.parts[0].text == "1: {'result': '22'}"
    thread = await store.thread_service.get_thread_by_external_id("app/u/long")
    shown = (await store.message_service.context(thread.id, 2000))["messages"]
    assert check_chat(shown) == []
    assert [message["content"] for message in shown if message["role"] == "tool"] == ['{"ticket": "t1"}']
    assert shown[-2]["content"].endswith(" 22")
