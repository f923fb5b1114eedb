"""Answers about conversations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .record import Record

if TYPE_CHECKING:
    from datetime import datetime


class RollupReport(Record):
    """What bringing the daily facts up to date did."""

    days: int
    """Days that were computed."""
    as_of: datetime
    """Changes until then are in the facts."""

    __slots__ = ()
