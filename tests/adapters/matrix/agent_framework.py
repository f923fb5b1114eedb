"""The conversation in Microsoft's Agent Framework."""

from __future__ import annotations

from typing import Any

from agent_framework import Content, Message

from threadkeep.adapters.agent_framework import ThreadkeepHistoryProvider
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


class AgentFramework(Framework):
    """Microsoft's Agent Framework."""

    async def write(self) -> Any:
        calls = [Content.from_function_call(one, name, arguments=ARGUMENTS) for one, name in CALLS]
        outputs = [Content.from_function_result(one, result=text) for one, text in OUTPUTS.items()]
        messages = [
            Message("user", [QUESTION, Content.from_uri(IMAGE, media_type="image/png")]),
            Message("assistant", [Content.from_text_reasoning(text=THOUGHT), WORDS, *calls]),
            Message("tool", outputs),
            Message("assistant", [ANSWER]),
        ]
        await ThreadkeepHistoryProvider(self.store).save_messages(NAME, messages)
        return [message.to_dict() for message in messages]

    async def read(self) -> Any:
        return [message.to_dict() for message in await ThreadkeepHistoryProvider(self.store).get_messages(NAME)]

    def facts(self, read: Any) -> list[Any]:
        found: list[Any] = []
        for message in read:
            for content in message["contents"]:
                if content["type"] == "text":
                    found.append((message["role"], content["text"]))
                elif content["type"] == "uri":
                    found[-1] = (*found[-1], content["uri"])
                elif content["type"] == "function_call":
                    found.append(("call", content["call_id"], content["name"], content["arguments"]))
                elif content["type"] == "function_result":
                    found.append(("output", content["call_id"], content["result"]))
        return found
