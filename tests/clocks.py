"""Clocks that differ between processes. A test sets them apart by minutes; the monotonic clock and the database stay right."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from threadkeep import clock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

_ahead: ContextVar[timedelta] = ContextVar("_ahead", default=timedelta(0))


class _ShiftedClock(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]  # an ordinary datetime
        return datetime.now(tz) + _ahead.get()


vars(clock)["datetime"] = _ShiftedClock


@contextmanager
def clock_ahead(**by: float) -> Iterator[None]:
    """The clock of all code in this context is ahead, `minutes=5` for example, or behind for a negative time.

    A Threadkeep that is opened in the context takes the clock along for its background tasks. Two contexts in one test are
    two processes with different clocks.
    """
    token = _ahead.set(timedelta(**by))
    try:
        yield
    finally:
        _ahead.reset(token)


def set_clock_ahead(seconds: float) -> None:
    """Set the clock of this whole process ahead."""
    _ahead.set(timedelta(seconds=seconds))
