"""Waits for the outcome of a write, also if the caller is cancelled meanwhile."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")


async def outcome_of(write: Coroutine[Any, Any, T]) -> T:
    """The result of a write. A cancelled caller waits until the write has succeeded or failed, and is cancelled then.

    So a caller never goes on while its write is still on its way.
    """
    task = asyncio.ensure_future(write)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            cancelled = cancelled or error
    if cancelled is None:
        return task.result()
    task.exception()  # retrieved, so that asyncio does not report it as forgotten
    raise cancelled
