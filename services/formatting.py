"""Words a message as a chat-completions call wants it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..records import MessageRecord


def formatted(record: MessageRecord) -> dict[str, Any]:
    """`role` and `content`; a tool's answer names its call, an assistant's calls stand in place of its content."""
    role, content = record["role"], record["content"]
    if role == "tool":
        return {"role": role, "tool_call_id": record["tool_call_id"], "content": content}
    if role == "assistant" and record.get("tool_calls"):
        return {"role": role, "content": None, "tool_calls": record["tool_calls"]}
    return {"role": role, "content": content}
