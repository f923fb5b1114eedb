"""Remembers which messages have answered a keyless retry."""

from __future__ import annotations

from cachetools import LRUCache

_MOST_REMEMBERED = 10_000


class ReplayedAnswers:
    """The messages that answered keyless retries in this process, each with the number of the try.

    Several callers may send the same text and all retry. Each message answers only one of them.
    """

    def __init__(self) -> None:
        self._attempts: LRUCache[str, int] = LRUCache(_MOST_REMEMBERED)

    def take(self, message_id: str, attempt: int) -> bool:
        """Whether the message may answer this try (1 is the second try of a request).

        If it returns True, the message answers no other request with the same or a lower number of tries.
        """
        if self._attempts.get(message_id, 0) >= attempt:
            return False
        self._attempts[message_id] = attempt
        return True
