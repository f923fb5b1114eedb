"""The charts of threads: their lengths, their unanswered questions, and their metadata."""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

from .bars import Bar, bars_below_names, bars_beside_names
from .chart import Chart, empty_chart
from .extremes import highest
from .figures import total
from .formatting import TO, as_text, counted, number, part, percent, quoted
from .theme import SERIES, WARN

if TYPE_CHECKING:
    from .figures import Figures, Rows

_SHOWN_VALUES = 8
_BOUNDARIES = (0, 1, 2, 3, 5, 10, 20, 50, 100, 1_000)
"""The shortest lengths of the classes of the analytics service."""


def _range(start: int) -> str:
    """Return the range from `start` to the next boundary."""
    ends = dict(pairwise(_BOUNDARIES))
    if start not in ends:
        return f"{number(start)}+"
    last = ends[start] - 1
    return number(start) if last == start else f"{number(start)}{TO}{number(last)}"


def _without_gaps(rows: Rows) -> list[dict[str, Any]]:
    """Return a row for each class between the shortest and the longest one, also without threads."""
    known = {row["at_least"]: row for row in rows}
    return [
        known.get(start, {"at_least": start, "threads": 0, "unanswered": 0})
        for start in _BOUNDARIES
        if min(known) <= start <= max(known)
    ]


def lengths(figures: Figures) -> Chart:
    """Return the chart of new threads, by their number of messages."""
    note = "New threads of this period, by their number of messages."
    count = total(figures.thread_lengths, "threads")
    if not count:
        return empty_chart("lengths", "No thread was created in this period", note)
    rows = _without_gaps(figures.thread_lengths)
    bars = [
        Bar(
            _range(row["at_least"]),
            (row["threads"],),
            f"{number(row['threads'])} ({percent(row['threads'] / count)})",
            f"{_range(row['at_least'])} messages: {part(row['threads'], count, 'thread')}",
        )
        for row in rows
    ]
    sums = accumulate(row["threads"] for row in rows)
    median = next(bar.name for bar, sum_ in zip(bars, sums, strict=True) if sum_ * 2 >= count)
    title = f"{counted(count, 'new thread')}; the median length is {median} message{'s' if median != '1' else ''}"
    table = [
        [bar.name, number(row["threads"]), percent(row["threads"] / count)] for bar, row in zip(bars, rows, strict=True)
    ]
    spec = bars_beside_names(bars, SERIES[0], "messages")
    return Chart("lengths", title, note, spec, ["messages", "threads", "share"], table)


def drop_off(figures: Figures) -> Chart:
    """Return the chart of threads that end with an unanswered question, by their number of messages."""
    note = "The share of new threads that end with an unanswered message of a user, by their number of messages."
    threads, unanswered = total(figures.drop_off, "threads"), total(figures.drop_off, "unanswered")
    if not threads:
        return empty_chart("drop-off", "No thread with messages was created in this period", note)
    rows = _without_gaps(figures.drop_off)
    bars = [
        Bar(
            _range(row["at_least"]),
            (row["unanswered"] / row["threads"] if row["threads"] else 0,),
            _outcome(row),
            f"{_range(row['at_least'])} messages: {number(row['unanswered'])} of {counted(row['threads'], 'thread')} unanswered",
        )
        for row in rows
    ]
    title = f"{part(unanswered, threads, 'new thread')} end with an unanswered question"
    table = [
        [
            bar.name,
            number(row["threads"]),
            number(row["unanswered"]),
            percent(bar.amounts[0] if row["threads"] else None),
        ]
        for bar, row in zip(bars, rows, strict=True)
    ]
    spec = bars_beside_names(bars, WARN, "messages")
    return Chart("drop-off", title, note, spec, ["messages", "threads", "unanswered", "share"], table)


def _outcome(row: dict[str, Any]) -> str:
    if not row["threads"]:
        return "no thread"
    return f"{percent(row['unanswered'] / row['threads'])} ({number(row['unanswered'])} of {number(row['threads'])})"


def metadata(figures: Figures, key: str) -> Chart:
    """Return the chart of new threads, by the value of a metadata key."""
    note = f"New threads of this period, by “{key}” in their metadata."
    rows = figures.metadata[key][:_SHOWN_VALUES]
    if not figures.threads:
        return empty_chart(f"by-{key}", "No thread was created in this period", note)
    if not any(row["value"] is not None for row in rows):
        return empty_chart(f"by-{key}", f"No thread has “{key}” in its metadata", note)
    if len(figures.metadata[key]) > len(rows):
        note += f" The {len(rows)} most frequent values are shown."
    names = ["no value" if row["value"] is None else as_text(row["value"]) for row in rows]
    bars = [
        Bar(
            name,
            (row["threads"],),
            f"{number(row['threads'])} ({percent(row['threads'] / figures.threads)})",
            f"{name}: {part(row['threads'], figures.threads, 'thread')}",
        )
        for name, row in zip(names, rows, strict=True)
    ]
    most = highest((quoted(row["value"]), row["threads"]) for row in rows if row["value"] is not None)
    each = "" if len(most.names) == 1 else "each "
    title = f"{key}: most often {most.listed('value')}, {each}{part(most.amount, figures.threads, 'new thread')}"
    table = [[bar.name, number(bar.amounts[0]), percent(bar.amounts[0] / figures.threads)] for bar in bars]
    return Chart(f"by-{key}", title, note, bars_below_names(bars), [key, "threads", "share"], table)
