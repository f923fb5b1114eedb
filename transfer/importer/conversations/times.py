"""Reads the times of other programs in many forms, and infers missing times."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

_FIRST, _LAST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)
_UNITS = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3))
"""Numbers above the first value of a row are parts of a second. The other value says how many parts make a second."""
_LONGEST_TEXT = 64


def time_of(value: Any) -> datetime | None:
    """The time in UTC that a value means: seconds since 1970, or parts of them, or ISO 8601. None if it means no time."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str) and len(value) <= _LONGEST_TEXT:
        value = _from_text(value.strip())
    if isinstance(value, (int, float)):
        value = _from_number(value)
    if not isinstance(value, datetime):
        return None
    try:
        moment = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    return moment if _FIRST < moment < _LAST else None


def _from_text(text: str) -> datetime | float | None:
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(text.removesuffix(" UTC"))
    except ValueError:
        return None


def _from_number(number: float) -> datetime | None:
    try:
        for above, parts in _UNITS:
            if abs(number) > above:
                number /= parts
                break
        return datetime.fromtimestamp(number, UTC)
    except (OverflowError, OSError, ValueError):
        return None


def with_inferred(times: list[datetime | None], first: datetime) -> list[datetime]:
    """The times. A missing one is replaced by the time before it, or by `first` if there is none before it."""
    found, last = [], first
    for time in times:
        last = time or last
        found.append(last)
    return found
