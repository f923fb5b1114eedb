"""Waits for conditions instead of fixed times."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


async def let_others_run() -> None:
    """Return when each task that waits for nothing outside this process has reached its next wait."""
    for _ in range(100):
        await asyncio.sleep(0)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Return as soon as the condition is true. Otherwise the timeout of the test ends the wait."""
    while not await condition():  # noqa: ASYNC110  a database sends no event for the change
        await asyncio.sleep(0.01)
