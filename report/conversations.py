"""The charts of threads: their lengths, their unanswered questions, and their metadata."""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from .chart import LABEL, VALUE_TEXT, Chart, amounts_axis, chart_spec, empty_chart
from .figures import total
from .formatting import TO, counted, number, percent
from .theme import SERIES, WARN

if TYPE_CHECKING:
    from .chart import Spec
    from .figures import Figures, Rows

_SHOWN_VALUES = 8
_BOUNDARIES = (0, 1, 2, 3, 5, 10, 20, 50, 100, 1_000)


def _ranges(rows: Rows) -> list[str]:
    """Return the range of lengths of each row, as text."""
    return [_range(row["at_least"]) for row in rows]


def _range(start: int) -> str:
    """Return the range from `start` to the next boundary. The boundaries are those of the analytics service."""
    ends = dict(pairwise(_BOUNDARIES))
    if start not in ends:
        return f"{number(start)} or more"
    last = ends[start] - 1
    return number(start) if last == start else f"{number(start)}{TO}{number(last)}"


def lengths(figures: Figures) -> Chart:
    """Return the chart of new threads, by their number of messages."""
    note = "New threads of this period, by their number of messages."
    rows = figures.thread_lengths
    count = total(rows, "threads")
    if not count:
        return empty_chart("lengths", "No thread was created in this period", note)
    names = _ranges(rows)
    data = [
        {
            "messages": name,
            "threads": row["threads"],
            "label": f"{name} messages: {counted(row['threads'], 'thread')}, {percent(row['share'])}",
        }
        for name, row in zip(names, rows, strict=True)
    ]
    spec = chart_spec(
        data,
        height=220,
        mark={"type": "bar", "cornerRadiusEnd": 3},
        encoding={
            "x": {"field": "messages", "type": "ordinal", "sort": None, "axis": {"title": "messages", "labelAngle": 0}},
            "y": amounts_axis("threads", "threads"),
            "description": LABEL,
        },
    )
    median = next(name for name, sum_ in zip(names, _running_totals(rows), strict=True) if sum_ * 2 >= count)
    title = f"{counted(count, 'thread')}; the median length is {median} messages"
    table = [[name, number(row["threads"]), percent(row["share"])] for name, row in zip(names, rows, strict=True)]
    return Chart("lengths", title, note, spec, ["messages", "threads", "share"], table)


def _running_totals(rows: Rows) -> list[int]:
    return list(accumulate(row["threads"] for row in rows))


def drop_off(figures: Figures) -> Chart:
    """Return the chart of threads that end with an unanswered question, by their number of messages."""
    note = "The share of new threads that end with an unanswered message of a user, by their number of messages."
    rows = [row for row in figures.drop_off if row["threads"]]
    if not rows:
        return empty_chart("drop-off", "No thread was created in this period", note)
    names = _ranges(rows)
    data = [
        {
            "messages": name,
            "share": row["share"],
            "label": f"{name} messages: {number(row['unanswered'])} of {counted(row['threads'], 'thread')} unanswered",
        }
        for name, row in zip(names, rows, strict=True)
    ]
    spec = chart_spec(
        data,
        height=220,
        mark={"type": "bar", "cornerRadiusEnd": 3, "color": WARN},
        encoding={
            "x": {"field": "messages", "type": "ordinal", "sort": None, "axis": {"title": "messages", "labelAngle": 0}},
            "y": amounts_axis("unanswered", "share", format=".0%"),
            "description": LABEL,
        },
    )
    title = f"{percent(figures.unanswered_share)} of the threads end with an unanswered question"
    table = [
        [name, number(row["threads"]), number(row["unanswered"]), percent(row["share"])]
        for name, row in zip(names, rows, strict=True)
    ]
    return Chart("drop-off", title, note, spec, ["messages", "threads", "unanswered", "share"], table)


def metadata(figures: Figures, key: str) -> Chart:
    """Return the chart of new threads, by the value of a metadata key."""
    note = f"New threads of this period, by “{key}” in their metadata."
    rows = figures.metadata[key][:_SHOWN_VALUES]
    if not any(row["value"] is not None for row in rows):
        return empty_chart(f"by-{key}", f"No thread has “{key}” in its metadata", note)
    names = ["no value" if row["value"] is None else str(row["value"]) for row in rows]
    most = max(rows, key=lambda row: row["threads"] if row["value"] is not None else -1)
    title = f"{percent(most['share'])} of the threads have “{most['value']}” as their {key}"
    table = [[name, number(row["threads"]), percent(row["share"])] for name, row in zip(names, rows, strict=True)]
    spec = bars(
        names,
        [row["threads"] for row in rows],
        [
            f"{name}: {counted(row['threads'], 'thread')}, {percent(row['share'])}"
            for name, row in zip(names, rows, strict=True)
        ],
    )
    return Chart(f"by-{key}", title, note, spec, [key, "threads", "share"], table)


def bars(names: list[str], amounts: list[float], labels: list[str], *, colour: str = SERIES[0]) -> Spec:
    """Return horizontal bars with their amounts beside them."""
    data = [
        {"name": name, "amount": amount, "label": label, "text": number(amount)}
        for name, amount, label in zip(names, amounts, labels, strict=True)
    ]
    y = {"field": "name", "type": "nominal", "sort": None, "axis": {"title": None, "grid": False}}
    x = {"field": "amount", "type": "quantitative", "axis": None}
    return chart_spec(
        data,
        height=max(50, 30 * len(names)),
        layer=[
            {
                "mark": {"type": "bar", "cornerRadiusEnd": 3, "color": colour, "height": 18},
                "encoding": {"x": x, "y": y, "description": LABEL},
            },
            {"mark": VALUE_TEXT, "encoding": {"x": x, "y": y, "text": {"field": "text"}}},
        ],
    )
