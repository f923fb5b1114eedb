"""Remembers which messages were given again as the answer to a request that was sent again."""

from __future__ import annotations

from cachetools import LRUCache

_MOST_REMEMBERED = 10_000


class ReplayedAnswers:
    """Which messages were the answer to which try: each answers one caller, though several may say the same at once."""

    def __init__(self) -> None:
        self._attempts: LRUCache[str, int] = LRUCache(_MOST_REMEMBERED)

    def take(self, message_id: str, attempt: int) -> bool:
        """Whether the message may answer this try; no later request of the same try or an earlier one gets it then."""
        if self._attempts.get(message_id, 0) >= attempt:
            return False
        self._attempts[message_id] = attempt
        return True
