"""What is particular about histories that come from OpenAI's Assistants API."""

from __future__ import annotations

from typing import Any


def oldest_first(messages: list[Any]) -> list[tuple[int, Any]]:
    """The messages with their places in the list, oldest first.

    OpenAI lists the newest message first unless asked otherwise, and so do most exports made from it: a list of its
    messages whose times only ever fall is turned round. Every other list is in order already.
    """
    numbered = list(enumerate(messages))
    times: list[Any] = [
        message.get("created_at")
        for message in messages
        if isinstance(message, dict) and message.get("object") == "thread.message"
    ]
    if len(times) < len(messages) or not all(isinstance(time, int) for time in times):
        return numbered
    falls = times == sorted(times, reverse=True) and len(set(times)) > 1
    return numbered[::-1] if falls else numbered
