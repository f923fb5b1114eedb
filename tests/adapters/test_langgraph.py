"""The checkpointer of LangGraph: its public suite, and graphs with messages, interrupts and several processes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("langgraph.checkpoint.conformance")
pytest.importorskip("langgraph.graph")

from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langgraph.checkpoint.base import empty_checkpoint
from langgraph.checkpoint.conformance import checkpointer_test, validate
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.types import Command, interrupt

from threadkeep.adapters.langgraph import ThreadkeepSaver
from threadkeep.client import Client

if TYPE_CHECKING:
    from threadkeep.adapters.stores import Store
    from threadkeep.keep import Threadkeep
    from threadkeep.tests.live_server import LiveServer


@pytest.mark.slow
async def test_the_public_suite_passes_with_all_capabilities(store: Store) -> None:
    @checkpointer_test(name="ThreadkeepSaver")
    async def saver() -> Any:
        yield ThreadkeepSaver(store)

    report = await validate(saver)

    assert {name: result.failures for name, result in report.results.items() if not result.passed} == {}
    assert sum(bool(result.passed) for result in report.results.values()) == 8


class State(MessagesState):
    """Messages, and a large value that rarely changes."""

    document: str


def _graph(saver: ThreadkeepSaver, *, asks: bool = False) -> Any:
    async def model(state: State) -> dict[str, Any]:
        if isinstance(state["messages"][-1], HumanMessage):
            calls = [
                {"name": "weather", "args": {"city": city}, "id": f"{city}-{len(state['messages'])}"}
                for city in ("Rome", "Oslo")
            ]
            return {"messages": [AIMessage("Let me look.", tool_calls=calls)]}
        return {"messages": [AIMessage(f"Answer {len(state['messages'])}")]}

    async def tools(state: State) -> dict[str, Any]:
        if asks:
            interrupt("May I?")
        last = state["messages"][-1]
        assert isinstance(last, AIMessage)
        return {
            "messages": [
                ToolMessage(f"22 in {call['args']['city']}", tool_call_id=str(call["id"])) for call in last.tool_calls
            ]
        }

    def following(state: State) -> str:
        return "tools" if state["messages"][-1].tool_calls else END  # type: ignore[union-attr]

    graph = StateGraph(State)
    graph.add_node("model", model)
    graph.add_node("tools", tools)
    graph.add_edge(START, "model")
    graph.add_conditional_edges("model", following, ["tools", END])
    graph.add_edge("tools", "model")
    return graph.compile(checkpointer=saver)


def _config(thread_id: str) -> Any:
    return {"configurable": {"thread_id": thread_id}}


async def test_a_graph_goes_on_in_another_process_and_people_read_its_conversation(store: Store) -> None:
    user = await store.user_service.create_user(full_name="Ada")
    first = await _graph(ThreadkeepSaver(store, user_id=user.id)).ainvoke(
        {"messages": [SystemMessage("Be brief."), HumanMessage("Warm?")], "document": "x" * 1000}, _config("g")
    )
    second = await _graph(ThreadkeepSaver(store)).ainvoke({"messages": [HumanMessage("And now?")]}, _config("g"))

    assert second["messages"][: len(first["messages"])] == first["messages"]
    assert (len(second["messages"]), second["document"]) == (11, "x" * 1000)
    thread = await store.thread_service.get_thread_by_external_id("g")
    shown = await store.message_service.get_formatted_messages(thread.id)
    assert [message["role"] for message in shown] == [
        *("system", "user", "assistant", "tool", "tool", "assistant", "user", "assistant", "tool", "tool", "assistant")
    ]
    assert [len(message.get("tool_calls", ())) for message in shown if message["role"] == "assistant"] == [2, 0, 2, 0]
    assert await ThreadkeepSaver(store).amessages("g") == second["messages"]
    history = [found async for found in ThreadkeepSaver(store).alist(_config("g"))]
    assert history[0].checkpoint["channel_values"]["messages"] == second["messages"]
    assert [len(found.checkpoint["channel_values"].get("messages", ())) for found in history][-2:] == [2, 0]


async def test_an_interrupted_graph_resumes(store: Store) -> None:
    saver = ThreadkeepSaver(store)
    stopped = await _graph(saver, asks=True).ainvoke({"messages": [HumanMessage("Warm?")]}, _config("i"))
    assert stopped["__interrupt__"]

    done = await _graph(ThreadkeepSaver(store), asks=True).ainvoke(Command(resume="yes"), _config("i"))

    assert done["messages"][-1].content == "Answer 4"


async def test_a_checkpoint_of_a_long_conversation_takes_no_more_space(keep: Threadkeep) -> None:
    graph = _graph(ThreadkeepSaver(keep))
    for turn in range(4):
        await graph.ainvoke({"messages": [HumanMessage(f"Question {turn}")], "document": "x" * 500}, _config("long"))
    log = await keep.thread_service.get_thread_by_external_id("langgraph/long")
    rows = [row for row in await keep.message_service.list_messages(log.id) if row.type == "langgraph.checkpoint"]
    sizes = [len(repr(row.item)) for row in rows]

    assert max(sizes[-5:]) < 1.15 * max(sizes[5:10])
    assert sum("x" * 500 in repr(row) for row in rows) == 0


async def test_deleted_threads_leave_nothing(store: Store) -> None:
    saver = ThreadkeepSaver(store)
    await _graph(saver).ainvoke({"messages": [HumanMessage("Warm?")]}, _config("d"))

    await saver.adelete_thread("d")

    assert await saver.aget_tuple(_config("d")) is None
    assert await saver.amessages("d") == []
    assert [found async for found in saver.alist(None)] == []


async def test_pruned_and_copied_threads_go_on(store: Store) -> None:
    saver = ThreadkeepSaver(store)
    done = await _graph(saver).ainvoke({"messages": [HumanMessage("Warm?")], "document": "d"}, _config("p"))
    await saver.acopy_thread("p", "copy")
    await saver.aprune(["p"])

    for thread_id in ("p", "copy"):
        found = await ThreadkeepSaver(store).aget_tuple(_config(thread_id))
        assert found is not None
        assert found.checkpoint["channel_values"]["messages"] == done["messages"]
        assert found.checkpoint["channel_values"]["document"] == "d"
    assert len([found async for found in saver.alist(_config("p"))]) == 1
    assert len([found async for found in saver.alist(_config("copy"))]) == 5


async def test_concurrent_writers_store_each_message_once(store: Store) -> None:
    message = HumanMessage("Hi", id="m1")
    savers = [ThreadkeepSaver(store) for _ in range(4)]
    await asyncio.gather(*(
        saver._checkpoints._thread("raced").conversation.numbers([message, AIMessage(str(number), id=str(number))])  # noqa: SLF001
        for number, saver in enumerate(savers)
    ))  # fmt: skip

    found = await savers[0].amessages("raced")
    assert sorted(str(one.content) for one in found) == ["0", "1", "2", "3", "Hi"]


async def test_blocking_graphs_take_a_blocking_client(live_server: LiveServer) -> None:
    def run() -> None:
        with Client(live_server.url, live_server.admin_key) as client:
            saver = ThreadkeepSaver(client)
            graph = StateGraph(State)
            graph.add_node("model", lambda state: {"messages": [AIMessage(str(len(state["messages"])))]})
            graph.add_edge(START, "model")
            compiled: Any = graph.compile(checkpointer=saver)
            compiled.invoke({"messages": [HumanMessage("Hi")]}, _config("sync"))
            compiled.invoke({"messages": [HumanMessage("Again")]}, _config("sync"))
            assert [one.content for one in saver.messages("sync")] == ["Hi", "1", "Again", "3"]
            assert len(list(saver.list(_config("sync"), limit=2))) == 2

    await asyncio.to_thread(run)


async def test_blocking_methods_use_the_loop_of_another_thread(keep: Threadkeep) -> None:
    saver = ThreadkeepSaver(keep)

    assert await asyncio.to_thread(saver.get_tuple, _config("none")) is None
    with pytest.raises(RuntimeError, match="asynchronous methods"):
        saver.get_tuple(_config("none"))


async def test_messages_of_others_are_not_stored_again(store: Store) -> None:
    calls = [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}]
    thread = await store.thread_service.ensure_thread("others", [], {})
    await store.message_service.create_messages(
        thread.id,
        [
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "Both.", "tool_calls": calls},
            {"role": "tool", "content": "one", "tool_call_id": "c1"},
        ],
    )
    graph = StateGraph(MessagesState)
    graph.add_node("model", lambda state: {"messages": [AIMessage(str(len(state["messages"])))]})
    graph.add_edge(START, "model")
    saver = ThreadkeepSaver(store)
    before = await saver.amessages("others")
    compiled: Any = graph.compile(checkpointer=saver)
    done = await compiled.ainvoke({"messages": [*before, HumanMessage("And?")]}, _config("others"))

    assert len(await store.message_service.list_messages(thread.id)) == 5
    found = await ThreadkeepSaver(store).aget_tuple(_config("others"))
    assert found is not None
    assert found.checkpoint["channel_values"]["messages"] == done["messages"]


async def test_a_checkpoint_that_names_no_parent_has_the_values_that_did_not_change(store: Store) -> None:
    saver = ThreadkeepSaver(store)
    config: Any = {"configurable": {"thread_id": "t", "checkpoint_ns": ""}}
    first = empty_checkpoint() | {"channel_values": {"a": 1, "b": 2}, "channel_versions": {"a": "1", "b": "1"}}
    second = empty_checkpoint() | {"channel_values": {"a": 1, "b": 3}, "channel_versions": {"a": "1", "b": "2"}}

    await saver.aput(config, first, {}, {"a": "1", "b": "1"})
    await saver.aput(config, second, {}, {"b": "2"})
    found = await ThreadkeepSaver(store).aget_tuple(config)

    assert found is not None
    assert found.checkpoint["channel_values"] == {"a": 1, "b": 3}
