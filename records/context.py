"""The record of the window that is sent to a model."""

from __future__ import annotations

from typing import Any

from .record import Record


class ContextRecord(Record):
    """The newest turns of a thread that fit into a budget, and the changes that made them valid."""

    object: str
    thread_id: str
    format: str
    messages: list[dict[str, Any]]
    """The request to the model: `messages` of chat completions or of Anthropic, `input` of the Responses API."""
    system: list[dict[str, Any]] | None
    """The instructions for the format `anthropic`, which has them apart. None if there are none, and in other formats."""
    tokens: int
    max_tokens: int
    first_seq: int | None
    last_seq: int | None
    left_out: list[dict[str, Any]]
    """Ranges of numbers that are not sent: `first_seq`, `last_seq` and `reason`, in order."""
    summaries: list[dict[str, Any]]
    """The summaries that are sent, oldest first: `id`, `seq`, `from_seq` and `upto_seq`."""
    pinned: list[int]
    """The numbers of the pinned messages that are sent, although they are older than the window."""
    to_summarize: dict[str, Any] | None
    """The range that the window leaves out: `from_seq` and `upto_seq`, for `add_summary`. It may include older summaries.

    `after` and `before` are cursors for `list_messages`, which returns these messages.
    """

    __slots__ = ()
