"""The conversation in Pydantic AI."""

from __future__ import annotations

from typing import Any

from pydantic_ai import messages as pai
from pydantic_ai.conversation import Conversation

from threadkeep.adapters.pydantic_ai import ThreadkeepConversationStore
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


class PydanticAI(Framework):
    """Pydantic AI."""

    async def write(self) -> Any:
        calls = [pai.ToolCallPart(name, ARGUMENTS, one) for one, name in CALLS]
        messages: list[Any] = [
            pai.ModelRequest([pai.UserPromptPart([QUESTION, pai.ImageUrl(IMAGE)])]),
            pai.ModelResponse([pai.ThinkingPart(THOUGHT), pai.TextPart(WORDS), *calls]),
            pai.ModelRequest([pai.ToolReturnPart(dict(CALLS)[one], text, one) for one, text in OUTPUTS.items()]),
            pai.ModelResponse([pai.TextPart(ANSWER)]),
        ]
        await ThreadkeepConversationStore(self.store).save(Conversation(messages=messages, conversation_id=NAME))
        return messages

    async def read(self) -> Any:
        loaded = await ThreadkeepConversationStore(self.store).load(NAME)
        return loaded and loaded.messages

    def facts(self, read: Any) -> list[Any]:
        found: list[Any] = []
        for part in (part for message in read for part in message.parts):
            if isinstance(part, pai.UserPromptPart):
                pieces = [part.content] if isinstance(part.content, str) else part.content
                found.append(("user", *(piece.url if isinstance(piece, pai.ImageUrl) else piece for piece in pieces)))
            elif isinstance(part, pai.TextPart):
                found.append(("assistant", part.content))
            elif isinstance(part, pai.ToolCallPart):
                found.append(("call", part.tool_call_id, part.tool_name, part.args_as_dict()))
            elif isinstance(part, pai.ToolReturnPart):
                found.append(("output", part.tool_call_id, part.content))
        return found
