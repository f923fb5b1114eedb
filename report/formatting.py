"""Formats figures and dates as text for titles, labels and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NOTHING = TO = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_STEADY = 0.02


def number(value: float) -> str:
    """Return a rounded number with thousands separators."""
    return f"{value:,.0f}"


def counted(value: float, noun: str, plural: str = "") -> str:
    """Return a number with its noun, in the singular or plural."""
    return f"{number(value)} {noun if value == 1 else plural or f'{noun}s'}"


def percent(value: float | None) -> str:
    """Return a share in percent, with one decimal place below 10 %."""
    if value is None:
        return NOTHING
    return f"{value * 100:.1f} %" if 0 < abs(value) < 0.1 else f"{value * 100:.0f} %"  # noqa: PLR2004


def seconds(value: float | None) -> str:
    """Return a duration, in ms, s, min, h or days by its length."""
    if value is None:
        return NOTHING
    for limit, unit, size in ((1, "ms", 0.001), (_MINUTE, "s", 1), (_HOUR, "min", _MINUTE), (_DAY, "h", _HOUR)):
        if value < limit:
            amount = value / size
            return f"{amount:.0f} {unit}" if amount >= 10 or unit == "ms" else f"{amount:.1f} {unit}"  # noqa: PLR2004
    return counted(round(value / _DAY), "day")


def size(value: float) -> str:
    """Return a number of bytes, in bytes, kB, MB, GB or TB by its size."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 1000:  # noqa: PLR2004
            return f"{value:.0f} {unit}" if value >= 10 or unit == "bytes" else f"{value:.1f} {unit}"  # noqa: PLR2004
        value /= 1000
    return f"{value:.1f} TB"


def day(moment: datetime) -> str:
    """Return a day without its year, such as `Fri 6 Nov`."""
    return f"{moment:%a} {moment.day} {moment:%b}"


def date(moment: datetime) -> str:
    """Return a day with its year, such as `6 November 2026`."""
    return f"{moment.day} {moment:%B %Y}"


def hour(value: int) -> str:
    """Return an hour of the day, such as `09:00`."""
    return f"{value:02d}:00"


def compared(value: float | None, days: int) -> str:
    """Return the end of a title that compares with the period before; empty without a value."""
    if value is None:
        return ""
    before = f"than in the {counted(days, 'day')} before"
    if abs(value) < _STEADY:
        return f", as many as in the {counted(days, 'day')} before"
    return f", {percent(abs(value))} {'more' if value > 0 else 'fewer'} {before}"


def assistant(name: str | None) -> str:
    """Return the id of an assistant, or a text for messages without one."""
    return name or "no assistant named"
