"""Repeats an operation once after an error of the database that passes, if that is safe and soon enough (decision 63).

- A read is repeated as it is.
- A change or deletion is repeated as a retry with an idempotency key is: it finds out what the first try did.
- An insert is repeated with the same `_id`. If the first try stored the row, the second finds its `_id` taken.

A timeout is never repeated, because a second try would take as long, and too little of the deadline would be left.
"""

from __future__ import annotations

import asyncio
import functools
import random
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from pymongo.errors import PyMongoError

from ..clock import epoch_milliseconds, now
from ..documents import is_transient
from ..ids import new_id
from .caller import RequestIds
from .driver_errors import translates_driver_errors

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from .caller_operations import CallerOperations

P = ParamSpec("P")
T = TypeVar("T")
Operations = TypeVar("Operations", bound="CallerOperations")

_SOON_SECONDS = 2.0
"""What fails later is not repeated."""
_PAUSE_SECONDS = 0.1


def repeats_read(method: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """The method, which writes nothing, and which raises the errors of Threadkeep in place of the driver's."""

    @functools.wraps(method)
    async def repeating(*args: P.args, **kwargs: P.kwargs) -> T:
        return await twice(lambda: method(*args, **kwargs))

    return translates_driver_errors(repeating)


def repeats_change(
    method: Callable[Concatenate[Operations, P], Coroutine[Any, Any, T]], /
) -> Callable[Concatenate[Operations, P], Coroutine[Any, Any, T]]:
    """The method, which changes or deletes something, and which raises the errors of Threadkeep in place of the driver's."""

    @functools.wraps(method)
    async def repeating(self: Operations, /, *args: P.args, **kwargs: P.kwargs) -> T:
        ids = self.caller.request_ids or RequestIds(new_id("seed"), epoch_milliseconds(now()))
        return await twice(
            lambda: method(self.with_request_ids(ids), *args, **kwargs),
            lambda: method(self.with_request_ids(replace(ids, is_retry=True)), *args, **kwargs),
        )

    return translates_driver_errors(repeating)


async def twice(work: Callable[[], Awaitable[T]], again: Callable[[], Awaitable[T]] | None = None) -> T:
    """The result of `work`. After an error that passes, it is the result of `again`, by default another call of `work`.

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
