"""The agent in the Agent Development Kit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from google.adk.agents import LlmAgent
from google.adk.models import BaseLlm
from google.adk.models.llm_response import LlmResponse
from google.adk.runners import Runner
from google.adk.tools.function_tool import FunctionTool
from google.genai import types

from threadkeep.adapters.google_adk import ThreadkeepSessionService
from threadkeep.tests.adapters.runs.agent import NAME, Run

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

_CONFIRMATION = "adk_request_confirmation"
_PLACE: Any = {"user_id": "ada", "session_id": NAME}


class GoogleADK(Run):
    """Agent Development Kit: a call that waits for confirmation has an output that says so, and later the real one."""

    @property
    def external_id(self) -> str:
        """The external id of the thread of the session."""
        return f"app/ada/{NAME}"

    async def ask(self, text: str) -> Any:
        sessions = ThreadkeepSessionService(self.store)
        if await sessions.get_session(app_name="app", **_PLACE) is None:
            await sessions.create_session(app_name="app", **_PLACE)
        events = await self._run(types.Part(text=text))
        calls = [call for event in events for call in event.get_function_calls() if call.name == _CONFIRMATION]
        return calls[0].id if calls else None

    async def approve(self, kept: Any) -> None:
        confirmed = types.FunctionResponse(id=kept, name=_CONFIRMATION, response={"confirmed": True})
        await self._run(types.Part(function_response=confirmed))

    async def _run(self, part: types.Part) -> list[Any]:
        tools: Any = [self.weather, self.search, FunctionTool(self.book, require_confirmation=True)]
        agent = LlmAgent(name="bot", model=_Model(model="m", run=self), tools=tools)
        runner = Runner(app_name="app", agent=agent, session_service=ThreadkeepSessionService(self.store))
        message = types.Content(role="user", parts=[part])
        return [event async for event in runner.run_async(**_PLACE, new_message=message)]


class _Model(BaseLlm):
    run: Any

    async def generate_content_async(self, llm_request: Any, stream: bool = False) -> AsyncGenerator[LlmResponse]:  # noqa: ARG002, FBT001, FBT002
        answer = self.run.answer([_fact(part, one.role) for one in llm_request.contents for part in one.parts])
        parts = [types.Part(text=answer)] if isinstance(answer, str) else []
        for call in [] if isinstance(answer, str) else answer:
            made = types.FunctionCall(id=call.id, name=call.name, args=call.arguments)
            parts.append(types.Part(function_call=made))
        yield LlmResponse(content=types.Content(role="model", parts=parts))


def _fact(part: types.Part, role: str) -> Any:
    if part.function_call:
        return "call", part.function_call.id, part.function_call.name
    if part.function_response:
        response = part.function_response.response or {}
        return "output", part.function_response.id, response.get("result", response)
    return "user" if role == "user" else "assistant", part.text
