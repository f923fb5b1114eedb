"""Rows for fine-tuning in OpenAI's format: `{"messages": […]}` in each line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ....context import Choices, chat_messages
from ....stored_json import as_json
from .base import PartRenderer

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator

    from ....documents import MessageRow, ThreadRow

_REASONS = {
    "half_written": "half-written messages",
    "incomplete": "incomplete messages",
    "unanswered": "calls without an output",
    "empty": "empty messages",
    "bookkeeping": "bookkeeping items",
    "not_expressible": "items that the format does not have",
}
_TOOLS = "chat-rows.tools"
_CHOICES = Choices(include_incomplete=False, mark_unanswered=False, keep_stray_outputs=False)
"""A model must not learn from answers that were cut off, or from outputs that do not exist."""


class OpenAIChat(PartRenderer):
    """One row for each thread with an answer. A row ends with the last words of the assistant."""

    name = "openai-chat"
    ending = ".jsonl"
    first_bytes = (b'{"messages":[',)

    def part(self, thread: ThreadRow, rows: list[MessageRow]) -> Iterator[str]:
        """The row of these messages."""
        del thread
        row = training_row(rows, self.left_out)
        if row is not None:
            yield f"{as_json(row).decode()}\n"


def training_row(rows: list[MessageRow], left_out: Counter[str]) -> dict[str, Any] | None:
    """The messages, and the definitions of tools that a training file had; None if no assistant answers.

    Each call has its output. Everything that is left out is counted.
    """
    tools = next(
        (row["item"]["tools"] for row in rows if row["type"] == _TOOLS and (row.get("item") or {}).get("tools")), None
    )
    messages, reasons = chat_messages((row for row in rows if row["type"] != _TOOLS), _CHOICES)
    for reason, count in reasons.items():
        left_out[_REASONS[reason]] += count
    end = len(messages)
    while end and (messages[end - 1]["role"] != "assistant" or "tool_calls" in messages[end - 1]):
        end -= 1
    if not end:
        left_out["threads without an answer"] += 1
        return None
    left_out["messages behind the last answer"] += len(messages) - end
    return {"messages": messages[:end], **({"tools": tools} if tools else {})}
