"""Adapters work with the key of one user, whose threads nobody else reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("agents")
pytest.importorskip("langgraph.graph")
pytest.importorskip("claude_agent_sdk")

from langchain_core.messages import AIMessage, HumanMessage
from langgraph.graph import START, MessagesState, StateGraph

from threadkeep.adapters.claude_agent_sdk import ThreadkeepSessionStore
from threadkeep.adapters.langgraph import ThreadkeepSaver
from threadkeep.adapters.openai_agents import ThreadkeepSession
from threadkeep.client import AsyncClient

if TYPE_CHECKING:
    from threadkeep.tests.live_server import LiveServer

SUB: Any = {"project_key": "p", "session_id": "s", "subpath": "agents/a"}


async def test_two_users_with_the_same_session_ids_share_nothing(live_server: LiveServer) -> None:
    async with AsyncClient(live_server.url, live_server.admin_key) as admin:
        users = [await admin.user_service.create_user(full_name=name) for name in ("Ada", "Bob")]
        keys = [await admin.key_service.create_key("user", user_id=user.id) for user in users]
    for number, key in enumerate(keys):
        async with AsyncClient(live_server.url, key.plain_key) as client:
            await ThreadkeepSession("same", client).add_items([{"role": "user", "content": str(number)}])
            graph = StateGraph(MessagesState)
            graph.add_node("model", lambda state: {"messages": [AIMessage(str(len(state["messages"])))]})
            graph.add_edge(START, "model")
            compiled: Any = graph.compile(checkpointer=ThreadkeepSaver(client))
            config = {"configurable": {"thread_id": "graph"}}
            await compiled.ainvoke({"messages": [HumanMessage("Hi")]}, config)
            sessions = ThreadkeepSessionStore(client)
            await sessions.append({"project_key": "p", "session_id": "s"}, [{"type": "user", "uuid": "u"}])
            await sessions.append(SUB, [{"type": "user", "uuid": "u"}])

            assert await ThreadkeepSession("same", client).get_items() == [{"role": "user", "content": str(number)}]
            assert len((await compiled.aget_state(config)).values["messages"]) == 2
            assert len([found async for found in ThreadkeepSaver(client).alist(None)]) == 3
            assert await sessions.list_subkeys({"project_key": "p", "session_id": "s"}) == ["agents/a"]
            assert len(await client.thread_service.list_threads(users[number].id)) == 3
            await sessions.delete({"project_key": "p", "session_id": "s"})
            assert await sessions.load(SUB) is None
