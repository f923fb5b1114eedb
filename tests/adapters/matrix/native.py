"""The conversation in the native API."""

from __future__ import annotations

import json
from typing import Any

from threadkeep.tests.adapters.matrix.conversation import (
    ANSWER,
    ARGUMENTS,
    CALLS,
    IMAGE,
    NAME,
    OUTPUTS,
    QUESTION,
    WORDS,
    Framework,
)


class Native(Framework):
    """The native API."""

    async def write(self) -> Any:
        thread = await self.store.thread_service.ensure_thread(NAME, [], {})
        content: Any = [{"type": "text", "text": QUESTION}, {"type": "image_url", "image_url": {"url": IMAGE}}]
        outputs: Any = [{"role": "tool", "content": text, "tool_call_id": one} for one, text in OUTPUTS.items()]
        function = [{"name": name, "arguments": json.dumps(ARGUMENTS)} for _, name in CALLS]
        calls: Any = [
            {"id": one[0], "type": "function", "function": two} for one, two in zip(CALLS, function, strict=True)
        ]
        await self.store.message_service.create_messages(
            thread.id,
            [
                {"role": "user", "content": content},
                {"role": "assistant", "content": WORDS, "tool_calls": calls},
                *outputs,
                {"role": "assistant", "content": ANSWER},
            ],
        )
