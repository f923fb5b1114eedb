"""A timeout of a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable


class Timeout:
    """Runs an action after a time, unless it is stopped or started again before."""

    __slots__ = ("_action", "_handle", "_loop")

    def __init__(self, loop: asyncio.AbstractEventLoop, action: Callable[..., object]) -> None:
        self._loop = loop
        self._action = action
        self._handle: asyncio.TimerHandle | None = None

    @property
    def is_running(self) -> bool:
        """Whether it was started and not stopped."""
        return self._handle is not None

    def start(self, seconds: float, *arguments: object) -> None:
        """Run the action with these arguments in so many seconds from now."""
        self.stop()
        self._handle = self._loop.call_later(seconds, self._action, *arguments)

    def stop(self) -> None:
        """Do not run the action."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
