"""Puts the messages of an OpenAI Assistants export in order."""

from __future__ import annotations

from typing import Any


def oldest_first(messages: list[Any]) -> list[tuple[int, Any]]:
    """Return the messages with their indexes in the list, oldest first.

    OpenAI lists the newest message first by default, and so do most files made from its lists. A list of OpenAI messages
    is reversed if its times never rise and are not all equal. Any other list keeps its order.
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
