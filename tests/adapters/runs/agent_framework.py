"""The agent in the Agent Framework."""

from __future__ import annotations

import json
from typing import Any

from agent_framework import (
    Agent,
    AgentSession,
    BaseChatClient,
    ChatResponse,
    Content,
    FunctionInvocationLayer,
    Message,
    tool,
)

from threadkeep.adapters.agent_framework import ThreadkeepHistoryProvider
from threadkeep.tests.adapters.runs.agent import NAME, Run


class AgentFramework(Run):
    """Microsoft's Agent Framework: the program keeps the session, in which the pending requests are."""

    async def ask(self, text: str) -> Any:
        agent = self._agent()
        session = agent.create_session(session_id=NAME)
        result = await agent.run(text, session=session)
        if not result.user_input_requests:
            return None
        requests = [request.to_dict() for request in result.user_input_requests]
        return json.dumps([session.to_dict(), requests])

    async def approve(self, kept: Any) -> None:
        session, requests = json.loads(kept)
        answers = [Content.from_dict(request).to_function_approval_response(True) for request in requests]
        await self._agent().run(Message("user", answers), session=AgentSession.from_dict(session))

    def _agent(self) -> Any:
        tools = [
            tool(approval_mode="never_require")(self.weather),
            tool(approval_mode="never_require")(self.search),
            tool(approval_mode="always_require")(self.book),
        ]
        return Agent(_Model(self), tools=tools, context_providers=[ThreadkeepHistoryProvider(self.store)])


class _Model(FunctionInvocationLayer[Any], BaseChatClient[Any]):
    def __init__(self, run: Run) -> None:
        super().__init__()
        self._run = run

    async def _answer(self, messages: Any) -> ChatResponse:
        answer = self._run.answer([_fact(content, one.role) for one in messages for content in one.contents])
        if isinstance(answer, str):
            return ChatResponse(messages=[Message("assistant", [answer])])
        calls = [Content.from_function_call(call.id, call.name, arguments=call.arguments) for call in answer]
        return ChatResponse(messages=[Message("assistant", calls)])

    def _inner_get_response(self, *, messages: Any, stream: bool, options: Any, **kwargs: Any) -> Any:  # noqa: ARG002
        return self._answer(messages)


def _fact(content: Content, role: str) -> Any:
    if content.type == "function_call":
        return "call", content.call_id, content.name
    if content.type == "function_result":
        return "output", content.call_id, content.result
    return (role, content.text) if content.type == "text" else (content.type,)
