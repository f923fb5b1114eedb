"""The erasure of a user reaches what adapters stored for the user."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

pytest.importorskip("agents")
pytest.importorskip("langgraph.graph")

from langchain_core.messages import AIMessage, HumanMessage
from langgraph.graph import START, MessagesState, StateGraph

from threadkeep.adapters.langgraph import ThreadkeepSaver
from threadkeep.adapters.openai_agents import ThreadkeepSession

if TYPE_CHECKING:
    from threadkeep.keep import Threadkeep


async def test_the_erasure_of_a_user_removes_conversations_and_state(keep: Threadkeep) -> None:
    user = await keep.user_service.create_user(full_name="Ada")
    await ThreadkeepSession("s", keep, user_id=user.id).add_items([{"role": "user", "content": "A secret"}])
    graph = StateGraph(MessagesState)
    graph.add_node("model", lambda _: {"messages": [AIMessage("Another secret")]})
    graph.add_edge(START, "model")
    compiled = graph.compile(checkpointer=ThreadkeepSaver(keep, user_id=user.id))
    await compiled.ainvoke({"messages": [HumanMessage("Hi")]}, {"configurable": {"thread_id": "g"}})
    assert len(await keep.thread_service.find_threads()) == 3

    await keep.user_service.delete_user(user.id)

    assert await keep.thread_service.find_threads() == []
    assert await keep.runtime.documents.messages.count_documents({}) == 0
