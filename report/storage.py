"""The chart of stored data, by month."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from .chart import LABEL, PALE_UNLESS_COMPLETE, Chart, chart_spec, empty_chart, pale_note, slots_axis
from .extremes import highest
from .figures import total
from .formatting import counted, number, size
from .slots import slots_between, start_of

if TYPE_CHECKING:
    from datetime import datetime

    from .chart import Spec
    from .figures import Figures, Period

_MONTHS = 12
_UNITS = (("TB", 12), ("GB", 9), ("MB", 6), ("kB", 3))


def months_until(period: Period) -> datetime:
    """Return the beginning of the first of the twelve months that end with the last day of the period."""
    month = start_of(period.last_day, "month")
    for _ in range(_MONTHS - 1):
        month = start_of(month - timedelta(days=1), "month")
    return month


def growth(figures: Figures) -> Chart:
    """Return the chart of the size of the messages, by the month in which they were written."""
    note = (
        "Size of the messages that were written in each month (BSON, before compression), without deleted ones. "
        f"The {_MONTHS} months until the end of the period."
    )
    months = {row["month"]: row for row in figures.growth}
    if not total(figures.growth, "messages"):
        return empty_chart("growth", "No message was written in these months", note)
    slots = slots_between(min(months), figures.period.until, max(figures.known_until, *months), "month")
    rows: list[dict[str, Any]] = [months.get(slot.start, {"messages": 0, "bytes": 0}) for slot in slots]
    data = [
        {
            "start": slot.start,
            "complete": slot.complete,
            "bytes": row["bytes"],
            "label": f"{slot.name}: {counted(row['messages'], 'message')}, {size(row['bytes'])}",
        }
        for slot, row in zip(slots, rows, strict=True)
    ]
    spec = chart_spec(
        data,
        height=220,
        mark={"type": "bar", "cornerRadiusEnd": 2},
        encoding={
            "x": slots_axis(slots),
            "y": _sizes_axis(max(row["bytes"] for row in rows)),
            "opacity": PALE_UNLESS_COMPLETE,
            "description": LABEL,
        },
    )
    most = highest((slot.name, row["bytes"]) for slot, row in zip(slots, rows, strict=True))
    title = f"{size(total(figures.growth, 'bytes'))} in {counted(total(figures.growth, 'messages'), 'message')}"
    if len(most.names) == len(slots) > 1:
        title += f"; {size(most.amount)} in each month"
    elif len(slots) > 1:
        title += f"; most in {most.listed('month')} {most.figure(size(most.amount))}"
    table = [[slot.name, number(row["messages"]), size(row["bytes"])] for slot, row in zip(slots, rows, strict=True)]
    return Chart("growth", title, note + pale_note(slots), spec, ["month", "messages", "size"], table)


def _sizes_axis(most: float) -> Spec:
    """Return a vertical axis of bytes, in a unit that fits the largest amount."""
    unit, factor = next(((unit, 10**power) for unit, power in _UNITS if most >= 10**power), ("bytes", 1))
    axis = {"title": None, "tickCount": 4, "labelExpr": f"format(datum.value / {factor}, ',~r') + ' {unit}'"}
    return {"field": "bytes", "type": "quantitative", "axis": axis}
