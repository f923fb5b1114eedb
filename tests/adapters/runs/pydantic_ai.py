"""The agent in Pydantic AI."""

from __future__ import annotations

from typing import Any

from pydantic_ai import Agent, DeferredToolRequests, DeferredToolResults
from pydantic_ai.conversation import Conversation
from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart, ToolReturnPart, UserPromptPart
from pydantic_ai.models.function import AgentInfo, FunctionModel

from threadkeep.adapters.pydantic_ai import ThreadkeepConversationStore
from threadkeep.tests.adapters.runs.agent import NAME, Run


class PydanticAI(Run):
    """Pydantic AI: a run is saved as a whole, and one that waits ends with its deferred calls."""

    async def ask(self, text: str) -> Any:
        result = await self._run(text)
        if not isinstance(result.output, DeferredToolRequests):
            return None
        return [call.tool_call_id for call in result.output.approvals]

    async def approve(self, kept: Any) -> None:
        approvals: Any = dict.fromkeys(kept, True)
        await self._run(None, deferred_tool_results=DeferredToolResults(approvals=approvals))

    async def _run(self, text: str | None, **options: Any) -> Any:
        output: Any = [str, DeferredToolRequests]
        agent: Any = Agent(FunctionModel(self._model), output_type=output)
        agent.tool_plain(self.weather)
        agent.tool_plain(self.search)
        agent.tool_plain(self.book, requires_approval=True)
        conversations = ThreadkeepConversationStore(self.store)
        conversation = await conversations.load(NAME) or Conversation(conversation_id=NAME)
        result = await agent.run(text, conversation=conversation, **options)
        await conversations.save(result)
        return result

    async def _model(self, messages: list[Any], _: AgentInfo) -> ModelResponse:
        answer = self.answer([fact for message in messages for part in message.parts for fact in _facts(part)])
        if isinstance(answer, str):
            return ModelResponse([TextPart(answer)])
        return ModelResponse([ToolCallPart(call.name, call.arguments, call.id) for call in answer])


def _facts(part: Any) -> list[Any]:
    if isinstance(part, UserPromptPart):
        return [("user", part.content)]
    if isinstance(part, TextPart):
        return [("assistant", part.content)]
    if isinstance(part, ToolCallPart):
        return [("call", part.tool_call_id, part.tool_name)]
    return [("output", part.tool_call_id, part.content)] if isinstance(part, ToolReturnPart) else [part]
