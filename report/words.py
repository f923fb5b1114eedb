"""Figures in words, as titles and labels say them."""

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
    """A whole number with its thousands apart."""
    return f"{value:,.0f}"


def counted(value: float, noun: str, plural: str = "") -> str:
    """A number of things."""
    return f"{number(value)} {noun if value == 1 else plural or f'{noun}s'}"


def percent(value: float | None) -> str:
    """A share; a small one with a decimal place."""
    if value is None:
        return NOTHING
    return f"{value * 100:.1f} %" if 0 < abs(value) < 0.1 else f"{value * 100:.0f} %"  # noqa: PLR2004


def seconds(value: float | None) -> str:
    """How long something took, in the unit that fits."""
    if value is None:
        return NOTHING
    for limit, unit, size in ((1, "ms", 0.001), (_MINUTE, "s", 1), (_HOUR, "min", _MINUTE), (_DAY, "h", _HOUR)):
        if value < limit:
            amount = value / size
            return f"{amount:.0f} {unit}" if amount >= 10 or unit == "ms" else f"{amount:.1f} {unit}"  # noqa: PLR2004
    return counted(round(value / _DAY), "day")


def size(value: float) -> str:
    """Bytes, in the unit that fits."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 1000:  # noqa: PLR2004
            return f"{value:.0f} {unit}" if value >= 10 or unit == "bytes" else f"{value:.1f} {unit}"  # noqa: PLR2004
        value /= 1000
    return f"{value:.1f} TB"


def day(moment: datetime) -> str:
    """A day, short."""
    return f"{moment:%a} {moment.day} {moment:%b}"


def date(moment: datetime) -> str:
    """A day with its year."""
    return f"{moment.day} {moment:%B %Y}"


def hour(value: int) -> str:
    """An hour of the day."""
    return f"{value:02d}:00"


def compared(value: float | None, days: int) -> str:
    """A change against the period before, as the end of a sentence."""
    if value is None:
        return ""
    before = f"than in the {counted(days, 'day')} before"
    if abs(value) < _STEADY:
        return f", as many as in the {counted(days, 'day')} before"
    return f", {percent(abs(value))} {'more' if value > 0 else 'fewer'} {before}"


def assistant(name: str | None) -> str:
    """An assistant's id, or what stands for none."""
    return name or "no assistant named"
