"""Charts of how conversations go: their length, where they end, and what is known of them."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from .chart import BESIDE, LABEL, Chart, amounts_axis, drawn, nothing
from .figures import total
from .theme import SERIES, WARN
from .words import TO, counted, number, percent

if TYPE_CHECKING:
    from .chart import Spec
    from .figures import Figures, Rows

_SHOWN_VALUES = 8
_BOUNDARIES = (0, 1, 2, 3, 5, 10, 20, 50, 100, 1_000)


def _ranges(rows: Rows) -> list[str]:
    """`from` so many messages up to the next row's, in words."""
    starts = [row["at_least"] for row in rows]
    return [_range(start) for start in starts]


def _range(start: int) -> str:
    """A step of the cookbook's: it reaches up to the next one."""
    ends = dict(pairwise(_BOUNDARIES))
    if start not in ends:
        return f"{number(start)} or more"
    last = ends[start] - 1
    return number(start) if last == start else f"{number(start)}{TO}{number(last)}"


def lengths(figures: Figures) -> Chart:
    """Threads by their number of messages."""
    note = "Threads made in this period, by how many messages they have."
    rows = figures.thread_lengths
    count = total(rows, "threads")
    if not count:
        return nothing("lengths", "No thread was made in this period", note)
    names = _ranges(rows)
    data = [
        {
            "messages": name,
            "threads": row["threads"],
            "label": f"{name} messages: {counted(row['threads'], 'thread')}, {percent(row['share'])}",
        }
        for name, row in zip(names, rows, strict=True)
    ]
    spec = drawn(
        data,
        height=220,
        mark={"type": "bar", "cornerRadiusEnd": 3},
        encoding={
            "x": {"field": "messages", "type": "ordinal", "sort": None, "axis": {"title": "messages", "labelAngle": 0}},
            "y": amounts_axis("threads", "threads"),
            "description": LABEL,
        },
    )
    middle = next(name for name, so_far in zip(names, _so_far(rows), strict=True) if so_far * 2 >= count)
    title = f"{counted(count, 'thread')}; the middle one has {middle} messages"
    table = [[name, number(row["threads"]), percent(row["share"])] for name, row in zip(names, rows, strict=True)]
    return Chart("lengths", title, note, spec, ["messages", "threads", "share"], table)


def _so_far(rows: Rows) -> list[int]:
    sums, so_far = [], 0
    for row in rows:
        so_far += row["threads"]
        sums.append(so_far)
    return sums


def drop_off(figures: Figures) -> Chart:
    """Threads that end with a question, by their length."""
    note = "How many threads end with a user's message that nobody answered, by how many messages they have."
    rows = [row for row in figures.drop_off if row["threads"]]
    if not rows:
        return nothing("drop-off", "No thread was made in this period", note)
    names = _ranges(rows)
    data = [
        {
            "messages": name,
            "share": row["share"],
            "label": f"{name} messages: {number(row['unanswered'])} of {counted(row['threads'], 'thread')} unanswered",
        }
        for name, row in zip(names, rows, strict=True)
    ]
    spec = drawn(
        data,
        height=220,
        mark={"type": "bar", "cornerRadiusEnd": 3, "color": WARN},
        encoding={
            "x": {"field": "messages", "type": "ordinal", "sort": None, "axis": {"title": "messages", "labelAngle": 0}},
            "y": amounts_axis("unanswered", "share", format=".0%"),
            "description": LABEL,
        },
    )
    title = f"{percent(figures.unanswered_share)} of the threads end with a question that nobody answered"
    table = [
        [name, number(row["threads"]), number(row["unanswered"]), percent(row["share"])]
        for name, row in zip(names, rows, strict=True)
    ]
    return Chart("drop-off", title, note, spec, ["messages", "threads", "unanswered", "share"], table)


def metadata(figures: Figures, key: str) -> Chart:
    """Threads by what is known of them."""
    note = f"Threads made in this period, by “{key}” in their metadata."
    rows = figures.metadata[key][:_SHOWN_VALUES]
    if not any(row["value"] is not None for row in rows):
        return nothing(f"by-{key}", f"No thread says anything about “{key}”", note)
    names = ["not said" if row["value"] is None else str(row["value"]) for row in rows]
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
    """Bars that lie, with their amounts beside them."""
    data = [
        {"name": name, "amount": amount, "label": label, "text": number(amount)}
        for name, amount, label in zip(names, amounts, labels, strict=True)
    ]
    y = {"field": "name", "type": "nominal", "sort": None, "axis": {"title": None, "grid": False}}
    x = {"field": "amount", "type": "quantitative", "axis": None}
    return drawn(
        data,
        height=max(50, 30 * len(names)),
        layer=[
            {
                "mark": {"type": "bar", "cornerRadiusEnd": 3, "color": colour, "height": 18},
                "encoding": {"x": x, "y": y, "description": LABEL},
            },
            {"mark": BESIDE, "encoding": {"x": x, "y": y, "text": {"field": "text"}}},
        ],
    )
