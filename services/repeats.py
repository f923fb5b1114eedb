"""Repeats an operation once after a temporary error of the database, if that is safe and soon enough (decision 63).

- A read is repeated as it is.
- A change or deletion is repeated like a retry with an idempotency key: the second try finds the work of the first.
- An insert is repeated with the same `_id`. If the first try stored the row, the second finds its `_id` taken.

A timeout is never repeated, because a second try would take as long, and too little of the deadline would be left.
"""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from ..clock import epoch_milliseconds, now
from ..ids import new_id
from .caller import RequestIds
from .caller_operations import Operations, creating
from .database import translates_driver_errors, twice

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine


P = ParamSpec("P")
T = TypeVar("T")


def repeats_read(method: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """The method with a second try. It must write nothing. Errors of the driver become errors of Threadkeep."""

    @functools.wraps(method)
    async def repeating(*args: P.args, **kwargs: P.kwargs) -> T:
        return await twice(lambda: method(*args, **kwargs))

    return translates_driver_errors(repeating)


def repeats_change(
    method: Callable[Concatenate[Operations, P], Coroutine[Any, Any, T]], /
) -> Callable[Concatenate[Operations, P], Coroutine[Any, Any, T]]:
    """The method, which changes or deletes something, with a second try. Errors of the driver become errors of Threadkeep."""

    @functools.wraps(method)
    async def repeating(self: Operations, /, *args: P.args, **kwargs: P.kwargs) -> T:
        ids = self.caller.request_ids or RequestIds(new_id("seed"), epoch_milliseconds(now()))
        return await twice(
            lambda: method(creating(self, ids), *args, **kwargs),
            lambda: method(creating(self, replace(ids, is_retry=True)), *args, **kwargs),
        )

    return translates_driver_errors(repeating)
