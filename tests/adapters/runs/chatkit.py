"""The agent in ChatKit, whose servers run agents of the OpenAI Agents SDK."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from agents import Agent, RunContextWrapper, Runner, StopAtTools, function_tool
from chatkit.agents import AgentContext, ClientToolCall, simple_to_agent_input, stream_agent_response
from chatkit.server import ChatKitServer
from chatkit.store import NotFoundError

from threadkeep.adapters.chatkit import ThreadkeepStore
from threadkeep.tests.adapters.runs.agent import NAME, Call, Run
from threadkeep.tests.adapters.runs.openai_agents import scripted

if TYPE_CHECKING:
    from chatkit.types import ThreadMetadata


class ChatKit(Run):
    """ChatKit: its items are words, and calls that the client of the user answers. `book` is such a call."""

    stored_calls = frozenset({"book"})

    async def ask(self, text: str) -> Any:
        said: Any = {"content": [{"type": "input_text", "text": text}], "attachments": [], "inference_options": {}}
        chats = _Store(self.store)
        try:
            await chats.load_thread(NAME, None)
            await self._sent("threads.add_user_message", thread_id=NAME, input=said)
        except NotFoundError:
            await self._sent("threads.create", input=said)
        newest = (await chats.load_thread_items(NAME, None, 1, "desc", None)).data[0]
        return "booked Oslo" if newest.type == "client_tool_call" and newest.status == "pending" else None

    async def approve(self, kept: Any) -> None:
        self.done.append("trip to Oslo")
        await self._sent("threads.add_client_tool_output", thread_id=NAME, result=kept)

    def answer(self, facts: list[Any]) -> str | list[Call]:
        """Return the next answer of the model. ChatKit sends it the outputs of clients as JSON."""
        read = [(*fact[:2], json.loads(fact[2])) if fact[-1] == '"booked Oslo"' else fact for fact in facts]
        return super().answer(read)

    async def _sent(self, kind: str, **params: Any) -> None:
        request = json.dumps({"type": kind, "params": params})
        result: Any = await _Server(_Store(self.store), self).process(request, None)
        events = [json.loads(event.removeprefix(b"data: ")) async for event in result]
        assert [event for event in events if event["type"] == "error"] == []


class _Store(ThreadkeepStore[None]):
    def generate_thread_id(self, context: None) -> str:  # noqa: ARG002 - there is one thread
        return NAME


class _Server(ChatKitServer[None]):
    def __init__(self, store: _Store, run: Run) -> None:
        super().__init__(store)
        self._run = run

    async def respond(self, thread: ThreadMetadata, input_user_message: Any, context: None) -> Any:  # noqa: ARG002
        items = (await self.store.load_thread_items(thread.id, None, 100, "asc", context)).data
        given = AgentContext[None](thread=thread, store=self.store, request_context=context)
        answering = Runner.run_streamed(self._agent(), await simple_to_agent_input(items), context=given)
        try:
            async for event in stream_agent_response(given, answering):
                yield event
        finally:
            answering.cancel()

    def _agent(self) -> Any:
        async def book(context: RunContextWrapper[AgentContext[None]], city: str) -> str:
            """Book a trip."""
            context.context.client_tool_call = ClientToolCall(name="book", arguments={"city": city})
            return "asked"

        tools: Any = [function_tool(self._run.weather), function_tool(self._run.search), function_tool(book)]
        stops = StopAtTools(stop_at_tool_names=["book"])
        return Agent("bot", model=scripted(self._run), tools=tools, tool_use_behavior=stops)
