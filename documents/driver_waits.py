"""Lets the driver's waits for a server end cleanly when they are cancelled: docs/decisions/0098.

In Python 3.11, `asyncio.wait_for` runs its awaitable as a task of its own. A second cancellation, or one at the moment of a
timeout, leaves this task behind. Then it takes the lock of the driver's topology, and nobody releases it: no later operation of
the client ends.
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, TypeVar

from pymongo import lock

if TYPE_CHECKING:
    from collections.abc import Awaitable

T = TypeVar("T")


async def wait_in_task(awaitable: Awaitable[T], timeout: float | None) -> T:  # noqa: ASYNC109 - the signature of `wait_for`
    """Like `asyncio.wait_for`, in the task of the caller, as it is from Python 3.12 on."""
    async with asyncio.timeout(timeout):
        return await awaitable


if sys.version_info < (3, 12):
    vars(lock)["wait_for"] = wait_in_task  # a name that the module imports from asyncio
