"""Graphs whose parts store checkpoints of one thread at once: sub-graphs, parallel nodes, several runs. As in memory."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("langgraph")

from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.types import Command, interrupt

from threadkeep.adapters.langgraph import ThreadkeepSaver
from threadkeep.client import Client

if TYPE_CHECKING:
    from threadkeep.adapters.stores import Store
    from threadkeep.tests.live_server import LiveServer

CONFIG: Any = {"configurable": {"thread_id": "t"}}


def graph_of(*nodes: tuple[str, Any]) -> Any:
    """Return a graph of nodes, one behind the other."""
    graph = StateGraph(MessagesState)
    before = START
    for name, node in nodes:
        graph.add_node(name, node)
        graph.add_edge(before, name)
        before = name
    return graph


def answering(text: str) -> Any:
    """Return a node that appends a message."""
    return lambda state: {"messages": [AIMessage(text, id=f"{text} {len(state['messages'])}")]}


def in_a_row() -> Any:
    return graph_of(("sub", graph_of(("inner", answering("inner"))).compile()), ("end", answering("end")))


def in_parallel() -> Any:
    graph = StateGraph(MessagesState)
    for name in "abcd":
        graph.add_node(name, graph_of(("inner", answering(name))).compile())
        graph.add_edge(START, name)
    return graph


def asked(text: str, number: int) -> dict[str, Any]:
    """Return the input of a run."""
    return {"messages": [HumanMessage(f"{text} {number}", id=f"{text} {number}")]}


def texts_of(state: Any) -> list[str]:
    """Return the texts of the messages of a state."""
    return [message.content for message in state["messages"]]


@pytest.mark.parametrize("make", [in_a_row, in_parallel])
async def test_sub_graphs_store_what_they_store_in_memory(store: Store, make: Any) -> None:
    found = []
    for saver in (InMemorySaver(), ThreadkeepSaver(store)):
        graph = make().compile(checkpointer=saver)
        for number in range(3):
            await graph.ainvoke(asked("go", number), CONFIG)
        found.append([texts_of(state.values) async for state in graph.aget_state_history(CONFIG)])

    assert found[1] == found[0]


async def test_a_sub_graph_goes_on_behind_its_interrupt(store: Store) -> None:
    found = []
    for saver in (InMemorySaver(), ThreadkeepSaver(store)):
        ran: list[str] = []

        def tool(state: Any, ran: list[str] = ran) -> Any:
            ran.append("tool")
            return answering("tool")(state)

        asks = ("ask", lambda _: {"messages": [AIMessage(interrupt("question"), id="answer")]})
        graph = graph_of(("sub", graph_of(("tool", tool), asks).compile())).compile(checkpointer=saver)
        await graph.ainvoke(asked("go", 0), CONFIG)
        waiting = await graph.aget_state(CONFIG, subgraphs=True)
        end = await graph.ainvoke(Command(resume="yes"), CONFIG)
        found.append((ran, texts_of(waiting.tasks[0].state.values), texts_of(end)))

    assert found[1] == found[0] == (["tool"], ["go 0", "tool"], ["go 0", "tool", "yes"])


async def test_runs_at_once_on_one_thread_store_all_their_messages(store: Store) -> None:
    graph = graph_of(("end", answering("end"))).compile(checkpointer=ThreadkeepSaver(store))
    same = HumanMessage("same", id="same")

    runs = [graph.ainvoke({"messages": [same, *asked("own", number)["messages"]]}, CONFIG) for number in range(6)]
    await asyncio.gather(*runs)
    saver = ThreadkeepSaver(store)
    kept = [message.content for message in await saver.amessages("t")]

    assert {*kept} >= {"same", *(f"own {number}" for number in range(6))}
    assert kept.count("same") == 1


def test_sub_graphs_run_with_a_blocking_client(live_server: LiveServer) -> None:
    with Client(live_server.url, api_key=live_server.admin_key) as client:
        graph = in_parallel().compile(checkpointer=ThreadkeepSaver(client))
        for number in range(3):
            end = graph.invoke(asked("go", number), CONFIG)

    assert len(end["messages"]) == 15
