"""The agent in LangGraph."""

from __future__ import annotations

from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.tools import tool
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode
from langgraph.types import Command, Send, interrupt

from threadkeep.adapters.langgraph import ThreadkeepSaver
from threadkeep.tests.adapters.runs.agent import ASK, NAME, Run

_CONFIG: Any = {"configurable": {"thread_id": NAME}}


class LangGraph(Run):
    """LangGraph: each call is a task of its own, and the checkpoint keeps the outputs of those that have ended."""

    async def ask(self, text: str) -> Any:
        result = await self._graph().ainvoke({"messages": [HumanMessage(text)]}, _CONFIG)
        return "yes" if result.get("__interrupt__") else None

    async def approve(self, kept: Any) -> None:
        await self._graph().ainvoke(Command(resume=kept), _CONFIG)

    async def go_on(self) -> None:
        await self._graph().ainvoke(None, _CONFIG)
        await self.ask(ASK)

    async def book(self, city: str) -> str:
        """Book a trip."""
        assert interrupt("May I?") == "yes"
        return await super().book(city)

    def _graph(self) -> Any:
        async def model(state: MessagesState) -> dict[str, Any]:
            answer = self.answer([fact for message in state["messages"] for fact in _facts(message)])
            if isinstance(answer, str):
                return {"messages": [AIMessage(answer)]}
            calls: Any = [{"name": call.name, "args": call.arguments, "id": call.id} for call in answer]
            return {"messages": [AIMessage("", tool_calls=calls)]}

        def following(state: MessagesState) -> Any:
            last = state["messages"][-1]
            calls = last.tool_calls if isinstance(last, AIMessage) else []
            return [Send("tools", [{**call, "type": "tool_call"}]) for call in calls] or END

        graph = StateGraph(MessagesState)
        graph.add_node("model", model)
        graph.add_node("tools", ToolNode([tool(self.weather), tool(self.search), tool(self.book)]))
        graph.add_edge(START, "model")
        graph.add_conditional_edges("model", following, ["tools", END])
        graph.add_edge("tools", "model")
        return graph.compile(checkpointer=ThreadkeepSaver(self.store))


def _facts(message: BaseMessage) -> list[Any]:
    if isinstance(message, ToolMessage):
        return [("output", message.tool_call_id, message.content)]
    if isinstance(message, AIMessage):
        words = [("assistant", message.content)] if message.content else []
        return words + [("call", call["id"], call["name"]) for call in message.tool_calls]
    return [("user", message.content)]
