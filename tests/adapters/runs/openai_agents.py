"""The agent in the OpenAI Agents SDK."""

from __future__ import annotations

import json
from typing import Any

from agents import Agent, Runner, RunState, function_tool
from agents.testing import ModelCall, ModelStep, ScriptedModel, assistant_message, function_call

from threadkeep.adapters.openai_agents import ThreadkeepSession
from threadkeep.tests.adapters.runs.agent import NAME, Run

_REQUESTS = 10
"""One run makes fewer requests than this."""


class OpenAIAgents(Run):
    """OpenAI Agents SDK: the program keeps the state of a run that waits."""

    async def ask(self, text: str) -> Any:
        result = await Runner.run(self._agent(), text, session=ThreadkeepSession(NAME, self.store))
        return json.dumps(result.to_state().to_json()) if result.interruptions else None

    async def approve(self, kept: Any) -> None:
        agent = self._agent()
        state: Any = await RunState.from_json(agent, json.loads(kept))
        for interruption in state.get_interruptions():
            state.approve(interruption)
        await Runner.run(agent, state, session=ThreadkeepSession(NAME, self.store))

    def _agent(self) -> Any:
        tools: Any = [
            function_tool(self.weather),
            function_tool(self.search),
            function_tool(self.book, needs_approval=True),
        ]
        return Agent("bot", model=scripted(self), tools=tools)


def scripted(run: Run) -> ScriptedModel:
    """Return a model that answers as the agent does."""

    def respond(call: ModelCall) -> Any:
        given = call.input
        items = [{"role": "user", "content": given}] if isinstance(given, str) else given
        answer = run.answer([_fact(item) for item in items])
        if isinstance(answer, str):
            return [assistant_message(answer, item_id=f"item of {answer}")]
        return [function_call(call.name, call.arguments, call_id=call.id) for call in answer]

    return ScriptedModel([ModelStep.respond(respond)] * _REQUESTS)


def _fact(item: Any) -> Any:
    kind = item.get("type", "message")
    if kind == "function_call":
        return "call", item["call_id"], item["name"]
    if kind == "function_call_output":
        return "output", item["call_id"], item["output"]
    content = item["content"]
    return item["role"], content if isinstance(content, str) else content[0]["text"]
