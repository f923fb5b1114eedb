"""One more try after a temporary error of the database, if the error came soon enough (decision 63)."""

from __future__ import annotations

import asyncio
import random
import time
from typing import TYPE_CHECKING, TypeVar

from pymongo.errors import PyMongoError

from ...documents import is_transient

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")

_SOON_SECONDS = 2.0
"""If the first try fails later than this, there is no second try."""
_PAUSE_SECONDS = 0.1


async def twice(work: Callable[[], Awaitable[T]], again: Callable[[], Awaitable[T]] | None = None) -> T:
    """The result of `work`. After a temporary error, it is the result of `again`, by default another call of `work`.

    The second call must do no harm if the first has done its work.
    """
    began = time.monotonic()
    try:
        return await work()
    except PyMongoError as error:
        if error.timeout or not is_transient(error) or time.monotonic() - began > _SOON_SECONDS:
            raise
    await asyncio.sleep(random.uniform(0, _PAUSE_SECONDS))  # noqa: S311 - spreads the load, protects nothing
    return await (again or work)()
