"""The conversation in Google's Agent Development Kit."""

from __future__ import annotations

from typing import Any, ClassVar

from google.adk.events import Event
from google.genai import types as genai

from threadkeep.adapters.google_adk import ThreadkeepSessionService
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


class Adk(Framework):
    """Google's Agent Development Kit."""

    PLACE: ClassVar[Any] = {"app_name": "app", "user_id": "u", "session_id": NAME}

    def _sessions(self) -> ThreadkeepSessionService:
        return ThreadkeepSessionService(self.store, external_id=lambda _app, _user, session_id: session_id)

    async def write(self) -> Any:
        image = genai.Part(file_data=genai.FileData(file_uri=IMAGE, mime_type="image/png"))
        calls = [genai.Part(function_call=genai.FunctionCall(id=one, name=name, args=ARGUMENTS)) for one, name in CALLS]
        outputs = [
            genai.Part(
                function_response=genai.FunctionResponse(id=one, name=dict(CALLS)[one], response={"result": text})
            )
            for one, text in OUTPUTS.items()
        ]
        thought = genai.Part(text=THOUGHT, thought=True)
        said = [
            ("user", "user", [genai.Part(text=QUESTION), image]),
            ("bot", "model", [thought, genai.Part(text=WORDS), *calls]),
            ("bot", "user", outputs),
            ("bot", "model", [genai.Part(text=ANSWER)]),
        ]
        events = [Event(author=author, content=genai.Content(role=role, parts=parts)) for author, role, parts in said]
        session = await self._sessions().create_session(**self.PLACE)
        for event in events:
            await self._sessions().append_event(session, event)
        return events

    async def read(self) -> Any:
        session = await self._sessions().get_session(**self.PLACE)
        return session and session.events

    def facts(self, read: Any) -> list[Any]:
        found: list[Any] = []
        for event in read:
            for part in event.content.parts:
                if part.function_call:
                    found.append(("call", part.function_call.id, part.function_call.name, part.function_call.args))
                elif part.function_response:
                    found.append(("output", part.function_response.id, part.function_response.response["result"]))
                elif part.file_data:
                    found[-1] = (*found[-1], part.file_data.file_uri)
                elif not part.thought:
                    found.append(("user" if event.author == "user" else "assistant", part.text))
        return found
