"""Names of messages: computed once for each message of a graph, and again after a change in its place."""

from __future__ import annotations

import gc
from threading import Lock
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("langgraph")

from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.graph import START, MessagesState, StateGraph

from threadkeep.adapters.langgraph import ThreadkeepSaver
from threadkeep.adapters.langgraph.message_names import MessageNames
from threadkeep.adapters.langgraph.messages import source_of

if TYPE_CHECKING:
    from threadkeep.keep import Threadkeep


def test_a_message_that_is_changed_in_its_place_has_another_name() -> None:
    names = MessageNames(JsonPlusSerializer())
    message: Any = AIMessage([{"type": "text", "text": "one"}], id="1", odd={"deep": [1]})
    first = names.of(message)

    message.content[0]["text"] = "two"
    second = names.of(message)
    message.odd["deep"].append(2)
    third = names.of(message)
    message.content[0]["text"], message.odd["deep"] = "one", [1]

    assert len({first, second, third}) == 3
    assert names.of(message) == first == MessageNames(JsonPlusSerializer()).of(message)


def test_a_message_whose_fields_cannot_be_copied_is_named_each_time() -> None:
    names = MessageNames(JsonPlusSerializer())
    message = HumanMessage("one", id="1")
    before = names.of(message)
    message.additional_kwargs["lock"] = Lock()
    names.note(message, "kept")
    del message.additional_kwargs["lock"]

    assert names.of(message) == before


def test_names_are_forgotten_with_their_messages() -> None:
    names = MessageNames(JsonPlusSerializer())
    for number in range(10):
        names.of(HumanMessage("one", id=str(number)))
    gc.collect()

    assert len(names) == 0


async def test_a_step_names_its_new_messages_only(keep: Threadkeep, monkeypatch: pytest.MonkeyPatch) -> None:
    named: list[Any] = []

    def noted(message: Any, serde: Any) -> Any:
        named.append(message)
        return source_of(message, serde)

    monkeypatch.setattr("threadkeep.adapters.langgraph.message_names.source_of", noted)
    graph = StateGraph(MessagesState)
    for step in range(5):
        graph.add_node(str(step), lambda _: {"messages": [AIMessage("answer")]})
        graph.add_edge(str(step - 1) if step else START, str(step))
    compiled: Any = graph.compile(checkpointer=ThreadkeepSaver(keep))
    config = {"configurable": {"thread_id": "t"}}
    await compiled.aupdate_state(config, {"messages": [HumanMessage(str(number)) for number in range(100)]})
    named.clear()

    await compiled.ainvoke({"messages": [HumanMessage("new")]}, config)
    state = await compiled.aget_state(config)

    assert len(named) <= 100 + 6  # the messages that were read, and the new ones
    assert len(state.values["messages"]) == 106
