"""Formats figures and dates as text for titles, labels and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..escaping import visible
from ..stored_json import as_json

if TYPE_CHECKING:
    from datetime import datetime

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NOTHING = TO = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_STEADY = 0.02
_TENTH, _NEARLY_ALL = 0.1, 0.99
_LONGEST_NAME = 60


def number(value: float) -> str:
    """Return a rounded number with thousands separators."""
    return f"{value:,.0f}"


def counted(value: float, noun: str, plural: str = "") -> str:
    """Return a number with its noun, in the singular or plural."""
    return f"{number(value)} {noun if value == 1 else plural or f'{noun}s'}"


def percent(value: float | None) -> str:
    """Return a share in percent, with one decimal place below 10 % and right below 100 %.

    Only a share of 0 is `0 %`, and only one of 1 is `100 %`.
    """
    if value is None:
        return NOTHING
    rounded = f"{value * 100:.1f}"
    if value and abs(value) < _TENTH:
        return f"{rounded} %" if float(rounded) else "less than 0.1 %"
    if _NEARLY_ALL <= value < 1:
        return f"{rounded} %" if float(rounded) < 100 else "more than 99.9 %"  # noqa: PLR2004
    return f"{value * 100:.0f} %"


def part(amount: float, whole: float, noun: str, plural: str = "") -> str:
    """Return a share in percent with its amounts, such as `25 % (10 of 40 calls)`."""
    return f"{percent(amount / whole if whole else None)} ({number(amount)} of {counted(whole, noun, plural)})"


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


def date(moment: datetime) -> str:
    """Return a day with its year, such as `6 November 2026`."""
    return f"{moment.day} {moment:%B %Y}"


def hour(value: int) -> str:
    """Return an hour of the day, such as `09:00`."""
    return f"{value:02d}:00"


def compared(now: int, before: int, days: int) -> str:
    """Return the end of a title that compares with the period before; empty if nothing was before."""
    period = "on the day before" if days == 1 else f"in the {counted(days, 'day')} before"
    if not before:
        return ""
    if now == before:
        return f", as many as {period}"
    value = (now - before) / before
    if abs(value) < _STEADY:
        return f", about as many as the {number(before)} {period}"
    return f", {percent(abs(value))} {'more' if value > 0 else 'fewer'} than the {number(before)} {period}"


def assistant(name: str | None) -> str:
    """Return the id of an assistant, or a text for messages without one."""
    return name or "no assistant named"


def capital(text: str) -> str:
    """Return the text with a capital letter at its beginning, as the beginning of a sentence."""
    return text[:1].upper() + text[1:]


def named(name: str) -> str:
    """Return a name for a sentence. A long name is cut."""
    return visible(name, _LONGEST_NAME)


def quoted(value: object) -> str:
    """Return a value of metadata for a sentence: a text in quotes, another value as JSON."""
    return f"“{named(value)}”" if isinstance(value, str) else named(as_text(value))


def as_text(value: object) -> str:
    """Return a value of metadata: a text as it is, another value as JSON."""
    return value if isinstance(value, str) else as_json(value).decode()
