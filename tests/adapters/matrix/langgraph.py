"""The conversation in LangGraph."""

from __future__ import annotations

from typing import Any

from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langgraph.graph import START, MessagesState, StateGraph

from threadkeep.adapters.langgraph import ThreadkeepSaver
from threadkeep.tests.adapters.matrix.conversation import (
    ANSWER,
    ARGUMENTS,
    CALLS,
    IMAGE,
    NAME,
    OUTPUTS,
    QUESTION,
    THOUGHT,
    WORDS,
    Framework,
)
from threadkeep.tests.history.shapes import content_facts


class LangGraph(Framework):
    """LangGraph."""

    async def write(self) -> Any:
        calls = [{"id": one, "name": name, "args": ARGUMENTS} for one, name in CALLS]
        content: Any = [{"type": "text", "text": QUESTION}, {"type": "image_url", "image_url": {"url": IMAGE}}]
        thought: Any = [{"type": "thinking", "thinking": THOUGHT}, {"type": "text", "text": WORDS}]
        messages = [
            HumanMessage(content, id="1"),
            AIMessage(thought, tool_calls=calls, id="2"),
            *(ToolMessage(text, tool_call_id=one, id=f"t{one}") for one, text in OUTPUTS.items()),
            AIMessage(ANSWER, id="3"),
        ]
        graph = StateGraph(MessagesState)
        graph.add_node("end", lambda _: {})
        graph.add_edge(START, "end")
        compiled: Any = graph.compile(checkpointer=ThreadkeepSaver(self.store))
        await compiled.aupdate_state({"configurable": {"thread_id": NAME}}, {"messages": messages})
        return messages

    async def read(self) -> Any:
        return await ThreadkeepSaver(self.store).amessages(NAME)

    def facts(self, read: Any) -> list[Any]:
        found: list[Any] = []
        for message in read:
            if isinstance(message, ToolMessage):
                found.append(("output", message.tool_call_id, *content_facts(message.content)))
                continue
            blocks: Any = message.content
            if isinstance(blocks, list):
                blocks = [block for block in blocks if block["type"] in ("text", "image_url")]
            role = "user" if isinstance(message, HumanMessage) else "assistant"
            found += [(role, *content_facts(blocks))] if blocks else []
            found += [("call", call["id"], call["name"], call["args"]) for call in getattr(message, "tool_calls", ())]
        return found
