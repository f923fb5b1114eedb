"""Real runs of each framework with a fake model: parallel tools, approval in another process, and cancelled runs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

import threadkeep.tests.adapters.all_frameworks  # noqa: F401 - skips this module without them
from threadkeep.context import check_chat
from threadkeep.tests.adapters.runs.agent import ASK, BOOK, SEARCH, Run, turn
from threadkeep.tests.adapters.runs.agent_framework import AgentFramework
from threadkeep.tests.adapters.runs.chatkit import ChatKit
from threadkeep.tests.adapters.runs.claude_agent_sdk import Claude
from threadkeep.tests.adapters.runs.google_adk import GoogleADK
from threadkeep.tests.adapters.runs.langgraph import LangGraph
from threadkeep.tests.adapters.runs.openai_agents import OpenAIAgents
from threadkeep.tests.adapters.runs.pydantic_ai import PydanticAI
from threadkeep.tests.history.shapes import chat_facts

if TYPE_CHECKING:
    from threadkeep.adapters.stores import Store

pytestmark = pytest.mark.slow
EACH = pytest.mark.parametrize(
    "kind",
    [
        OpenAIAgents,
        LangGraph,
        Claude,
        PydanticAI,
        GoogleADK,
        AgentFramework,
        ChatKit,
    ],
    ids=lambda kind: kind.__name__,
)
WARM = ("22 in Rome", "22 in Oslo")


async def read_by_others(run: Run) -> list[Any]:
    """Return the facts in the window that any other framework gets. The window is valid for its API."""
    thread = await run.store.thread_service.get_thread_by_external_id(run.external_id)
    messages = (await run.store.message_service.context(thread.id, 10_000))["messages"]
    assert check_chat(messages) == []
    return [fact[:3] for fact in chat_facts(messages)]


@EACH
async def test_parallel_calls_are_read_by_the_next_process_and_by_others(kind: type[Run], store: Store) -> None:
    first, second = kind(store), kind(store)
    await first.ask(ASK)
    await second.ask(ASK)

    turns = [turn(number, ASK, *WARM) for number in (1, 2)]
    assert first.sent[-1] == turns[0][:-1]
    assert second.sent[-1] == kind.stored(turns[0]) + turns[1][:-1]
    assert await read_by_others(second) == kind.stored(turns[0] + turns[1])


@EACH
async def test_a_call_that_waits_for_approval_is_done_once_in_another_process(kind: type[Run], store: Store) -> None:
    first, second, third = kind(store), kind(store), kind(store)
    waiting = await first.ask(BOOK)
    shown = await read_by_others(first)
    await second.approve(waiting)
    await third.ask(ASK)

    assert "trip to Oslo" not in first.done
    assert ("call", "Oslo-1", "book") in shown
    assert sorted(first.done + second.done) == ["trip to Oslo", "weather in Rome"]
    booked, later = turn(1, BOOK, "22 in Rome", "booked Oslo"), turn(2, ASK, *WARM)
    assert second.sent == [kind.stored(booked)[:-1]]
    assert third.sent[-1] == kind.stored(booked) + later[:-1]
    assert await read_by_others(third) == kind.stored(booked + later)


async def cancelled(run: asyncio.Future[Any]) -> None:
    """Cancel a run until it ends: a framework may take one cancellation for that of its own task."""
    while not run.done():
        run.cancel()
        await asyncio.wait((run,), timeout=1)
    assert run.cancelled()


@EACH
async def test_a_run_that_is_cancelled_in_a_tool_leaves_a_history_that_goes_on(kind: type[Run], store: Store) -> None:
    first, second, third = kind(store), kind(store), kind(store, finds=True)
    await first.ask(ASK)
    run = asyncio.ensure_future(second.ask(SEARCH))
    await second.searches.wait()
    await cancelled(run)
    before = await read_by_others(second)
    await third.go_on()

    begun = kind.stored(turn(1, ASK, *WARM))
    sent = third.sent[-1]
    number = sum(fact[0] == "user" for fact in sent)
    ended = turn(number, ASK, *WARM)
    after = await read_by_others(third)
    assert sent[: len(begun)] == begun
    assert sent[-len(ended) + 1 :] == ended[:-1]
    for one in third.sent:
        called, answered = ([fact[1] for fact in one if fact[0] == kind] for kind in ("call", "output"))
        assert len({*called}) == len(called)
        assert sorted(answered) == sorted(called)
    assert before[: len(begun)] == begun
    assert after[-len(kind.stored(ended)) :] == kind.stored(ended)
    told = [fact for fact in before if fact[0] != "output"]
    assert [fact for fact in after if fact[0] != "output"][: len(told)] == told
