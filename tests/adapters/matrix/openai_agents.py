"""The conversation in the OpenAI Agents SDK."""

from __future__ import annotations

import json
from typing import Any

from threadkeep.adapters.openai_agents import ThreadkeepSession
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
from threadkeep.tests.history.shapes import item_facts


class Agents(Framework):
    """OpenAI Agents SDK."""

    async def write(self) -> Any:
        content = [
            {"type": "input_text", "text": QUESTION},
            {"type": "input_image", "image_url": IMAGE, "detail": "auto"},
        ]
        items: Any = [
            {"role": "user", "content": content},
            {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": THOUGHT}]},
            {
                "type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
                "content": [{"type": "output_text", "text": WORDS, "annotations": []}],
            },
            *({"type": "function_call", "call_id": one, "name": name, "arguments": json.dumps(ARGUMENTS)} for one, name in CALLS),
            *({"type": "function_call_output", "call_id": one, "output": text} for one, text in OUTPUTS.items()),
            {"role": "assistant", "content": ANSWER},
        ]  # fmt: skip
        await ThreadkeepSession(NAME, self.store).add_items(items)
        return items

    async def read(self) -> Any:
        return await ThreadkeepSession(NAME, self.store).get_items()

    def facts(self, read: Any) -> list[Any]:
        return item_facts([{"type": "message", **item} for item in read])
