"""Waits for a condition, never for a time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Return as soon as the condition holds; the test's own timeout ends it otherwise."""
    while not await condition():  # noqa: ASYNC110  what changes is in a database, which tells nobody
        await asyncio.sleep(0.01)
