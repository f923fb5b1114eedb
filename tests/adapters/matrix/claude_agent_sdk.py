"""The conversation in the Claude Agent SDK."""

from __future__ import annotations

from typing import Any, ClassVar

from threadkeep.adapters.claude_agent_sdk import ThreadkeepSessionStore
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


class Claude(Framework):
    """Claude Agent SDK."""

    KEY: ClassVar[Any] = {"project_key": "p", "session_id": NAME}

    def _sessions(self) -> ThreadkeepSessionStore:
        return ThreadkeepSessionStore(self.store, external_id=lambda _, session_id: session_id)

    async def write(self) -> Any:
        contents: Any = [
            ("user", [{"type": "text", "text": QUESTION}, {"type": "image", "source": {"type": "url", "url": IMAGE}}]),
            ("assistant", [{"type": "thinking", "thinking": THOUGHT, "signature": "s"}]),
            ("assistant", [{"type": "text", "text": WORDS}]),
            *(
                ("assistant", [{"type": "tool_use", "id": one, "name": name, "input": ARGUMENTS}])
                for one, name in CALLS
            ),
            *(
                ("user", [{"type": "tool_result", "tool_use_id": one, "content": text}])
                for one, text in OUTPUTS.items()
            ),
            ("assistant", [{"type": "text", "text": ANSWER}]),
        ]
        entries: Any = [
            {"type": role, "uuid": f"u{number}", "message": {"role": role, "content": content}}
            for number, (role, content) in enumerate(contents)
        ]
        await self._sessions().append(self.KEY, entries)
        return entries

    async def read(self) -> Any:
        return await self._sessions().load(self.KEY)

    def facts(self, read: Any) -> list[Any]:
        found: list[Any] = []
        for entry in read:
            content = entry["message"]["content"]
            blocks: Any = [{"type": "text", "text": content}] if isinstance(content, str) else content
            for block in blocks:
                if block["type"] == "text":
                    found.append((entry["type"], block["text"]))
                elif block["type"] == "image":
                    found[-1] = (*found[-1], block["source"]["url"])
                elif block["type"] == "tool_use":
                    found.append(("call", block["id"], block["name"], block["input"]))
                elif block["type"] == "tool_result":
                    found.append(("output", block["tool_use_id"], *content_facts(block["content"])))
        return found
