"""Tells the caches of this process which keys stopped working."""

from __future__ import annotations

from typing import Protocol
from weakref import WeakSet


class RevocationListener(Protocol):
    """Something that remembers verified keys."""

    def forget(self, *, key_id: str | None = None, user_id: str | None = None) -> None:
        """Forget this key, or all keys of this user."""


class Revocations:
    """Announces revoked keys and erased users to the listeners in this process.

    Other processes notice them when their own cache of verified keys expires, after `key_cache_seconds`.
    """

    def __init__(self) -> None:
        self._listeners: WeakSet[RevocationListener] = WeakSet()

    def subscribe(self, listener: RevocationListener) -> None:
        """Call `listener.forget` at each announcement, for as long as the listener exists."""
        self._listeners.add(listener)

    def announce(self, *, key_id: str | None = None, user_id: str | None = None) -> None:
        """Tell all listeners to forget this key, or all keys of this user."""
        for listener in list(self._listeners):
            listener.forget(key_id=key_id, user_id=user_id)
