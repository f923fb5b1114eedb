"""The charts of tool calls, hand-overs between assistants, and stored data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .chart import LABEL, VALUE_TEXT, Chart, chart_spec, days_axis, empty_chart
from .conversations import bars
from .figures import total
from .formatting import counted, date, number, percent, seconds, size
from .theme import MUTED, SERIES, WARN

if TYPE_CHECKING:
    from .chart import Spec
    from .figures import Figures

_SHOWN = 12
_UNITS = (("TB", 12), ("GB", 9), ("MB", 6), ("kB", 3), ("B", 0))


def tool_calls(figures: Figures) -> Chart:
    """Return the chart of calls and failed calls, by tool."""
    note = "Calls of each tool. The end of a bar, in the other colour, shows failed calls."
    rows = figures.tool_calls[:_SHOWN]
    if not rows:
        return empty_chart("tools", "No tool was called in this period", note)
    data = [
        {
            "tool": row["tool"],
            "calls": row["calls"],
            "worked": row["calls"] - row["failed"],
            "text": f"{number(row['calls'])}, {percent(row['failure_share'])} failed",
            "label": f"{row['tool']}: {_outcome(row)}; half within {seconds(row['p50'])}",
        }
        for row in rows
    ]
    spec = chart_spec(data, height=max(50, 30 * len(rows)), layer=_bars(max(row["calls"] for row in rows)))
    worst = max(rows, key=lambda row: row["failure_share"] or 0)
    calls = counted(total(figures.tool_calls, "calls"), "tool call")
    title = (
        f"{calls}, none failed"
        if not worst["failed"]
        else f"{worst['tool']} fails most: {percent(worst['failure_share'])} of {counted(worst['calls'], 'call')}"
    )
    return Chart("tools", title, note, spec, _COLUMNS, [_cells(row) for row in rows])


def _bars(longest: float) -> list[Spec]:
    """Return the layers: bars of all calls, bars of successful calls in front of them, and figures beside them."""
    y = {"field": "tool", "type": "nominal", "sort": None, "axis": {"title": None, "grid": False}}
    x = {"field": "calls", "type": "quantitative", "axis": None, "scale": {"domain": [0, longest * 1.3]}}
    bar = {"type": "bar", "height": 18, "cornerRadiusEnd": 3}
    return [
        {"mark": {**bar, "color": WARN}, "encoding": {"x": x, "y": y, "description": LABEL}},
        {
            "mark": {**bar, "color": SERIES[2], "cornerRadiusEnd": 0},
            "encoding": {"x": {**x, "field": "worked"}, "y": y, "description": LABEL},
        },
        {"mark": {**VALUE_TEXT, "color": MUTED}, "encoding": {"x": x, "y": y, "text": {"field": "text"}}},
    ]


_COLUMNS = ("tool", "calls", "failed", "share", "half within", "9 of 10 within")


def _cells(row: dict[str, Any]) -> list[str]:
    counts = [number(row["calls"]), number(row["failed"]), percent(row["failure_share"])]
    return [row["tool"], *counts, seconds(row["p50"]), seconds(row["p90"])]


def _outcome(row: dict[str, Any]) -> str:
    return f"{counted(row['calls'], 'call')}, {number(row['failed'])} failed"


def hand_overs(figures: Figures) -> Chart:
    """Return the chart of hand-overs from one assistant to another."""
    note = "How often an assistant wrote after another assistant in the same thread."
    rows = figures.hand_overs[:_SHOWN]
    if not rows:
        return empty_chart("hand-overs", "No assistant took over from another in this period", note)
    names = [f"{row['before']} → {row['after']}" for row in rows]
    labels = [
        f"{name}: {counted(row['hand_overs'], 'time')} in {counted(row['threads'], 'thread')}"
        for name, row in zip(names, rows, strict=True)
    ]
    spec = bars(names, [row["hand_overs"] for row in rows], labels, colour=SERIES[1])
    most = rows[0]
    count = counted(total(figures.hand_overs, "hand_overs"), "hand-over")
    title = f"{count}, most often from {most['before']} to {most['after']}"
    table = [[row["before"], row["after"], number(row["hand_overs"]), number(row["threads"])] for row in rows]
    return Chart("hand-overs", title, note, spec, ["from", "to", "hand-overs", "threads"], table)


def _sizes_axis(most: float) -> Spec:
    """Return a vertical axis of bytes, in a unit that fits the largest amount."""
    unit, factor = next((unit, 10**power) for unit, power in _UNITS if most >= 10**power)
    axis = {"title": None, "tickCount": 4, "labelExpr": f"format(datum.value / {factor}, ',~r') + ' {unit}'"}
    return {"field": "bytes", "type": "quantitative", "axis": axis}


def growth(figures: Figures) -> Chart:
    """Return the chart of stored data, by month."""
    note = "The size of all messages (BSON, before compression), by the month in which they were written."
    rows = figures.growth
    if not rows:
        return empty_chart("growth", "No message is stored yet", note)
    data = [
        {
            "day": row["month"],
            "bytes": row["bytes_so_far"],
            "label": f"{row['month']:%B %Y}: {size(row['bytes_so_far'])}, {size(row['bytes'])} of it new",
        }
        for row in rows
    ]
    x = days_axis(len(rows))
    x["scale"]["padding"] = 40
    x["axis"] = {"format": "%b %Y", "title": None, "tickCount": {"interval": "month", "step": max(1, len(rows) // 6)}}
    spec = chart_spec(
        data,
        height=210,
        mark={"type": "bar", "cornerRadiusEnd": 3, "width": max(3, min(48, 440 // len(rows)))},
        encoding={"x": x, "y": _sizes_axis(rows[-1]["bytes_so_far"]), "description": LABEL},
    )
    last = rows[-1]
    title = f"{counted(last['messages_so_far'], 'message')} take {size(last['bytes_so_far'])}"
    title += f"; {size(last['bytes'])} are new since {date(last['month'])}"
    table = [
        [
            f"{row['month']:%B %Y}",
            number(row["messages"]),
            size(row["bytes"]),
            number(row["messages_so_far"]),
            size(row["bytes_so_far"]),
        ]
        for row in rows
    ]
    return Chart("growth", title, note, spec, ["month", "messages", "size", "messages so far", "size so far"], table)
