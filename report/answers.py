"""The charts of answer times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .chart import HOURS_AXIS, LABEL, Chart, chart_spec, colour_scale, empty_chart
from .formatting import assistant, hour, number, seconds
from .theme import GRID, MUTED, SERIES

if TYPE_CHECKING:
    from .chart import Spec
    from .figures import Figures

_RANKS = ("p50", "p90", "p99")
_NAMES = {"p50": "half of them", "p90": "9 of 10", "p99": "99 of 100"}
_SHORTEST = 0.001
"""Seconds. The axis is logarithmic, so that it has no zero."""
_TICK_LABELS = (
    "datum.value < 1 ? datum.value * 1000 + ' ms' : datum.value < 60 ? datum.value + ' s' : "
    "datum.value < 3600 ? datum.value / 60 + ' min' : datum.value / 3600 + ' h'"
)
_TICKS = (0.01, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 14_400, 43_200, 86_400)


def by_assistant(figures: Figures) -> Chart:
    """Return the chart of answer times, by assistant."""
    note = "Seconds from a question to the first message of an assistant. The axis is logarithmic."
    rows = [row for row in figures.answer_times_by_assistant if row["p50"] is not None]
    if not rows:
        return empty_chart("answers", "No question was answered in this period", note)
    rows.sort(key=lambda row: row["p50"])
    data = [
        {
            "assistant": assistant(row["assistant_id"]),
            "rank": _NAMES[rank],
            "seconds": max(_SHORTEST, row[rank]),
            "label": f"{assistant(row['assistant_id'])}: {_NAMES[rank]} came within {seconds(row[rank])}",
        }
        for row in rows
        for rank in _RANKS
    ]
    spec = chart_spec(data, height=max(70, 38 * len(rows)), layer=_dots([row["seconds"] for row in data]))
    table = [
        [assistant(row["assistant_id"]), number(row["answers"]), *(seconds(row[rank]) for rank in _RANKS)]
        for row in rows
    ]
    slowest = rows[-1]
    title = f"Half of the answers come within {seconds(slowest['p50'])}"
    if len(rows) > 1:
        title = (
            f"Half of the answers of {assistant(slowest['assistant_id'])} take longer than {seconds(slowest['p50'])}"
        )
    return Chart("answers", title, note, spec, ["assistant", "answers", *_NAMES.values()], table)


def _dots(values: list[float]) -> list[Spec]:
    """Return the layers: a dot for each rank, and a line between the lowest and the highest."""
    x = _seconds_axis(values)
    y = {"field": "assistant", "type": "nominal", "sort": None, "axis": {"title": None, "grid": False}}
    ends = {"x": {**x, "aggregate": "min"}, "x2": {"field": "seconds", "aggregate": "max"}}
    colours = colour_scale("rank", [*_NAMES.values()], (SERIES[0], SERIES[1], SERIES[4]))
    return [
        {"mark": {"type": "rule", "strokeWidth": 3, "color": GRID}, "encoding": {"y": y, **ends}},
        {
            "mark": {"type": "point", "filled": True, "size": 150, "opacity": 1},
            "encoding": {"y": y, "x": x, "color": colours, "description": LABEL},
        },
    ]


def by_hour(figures: Figures) -> Chart:
    """Return the chart of answer times, by hour of the day."""
    note = f"Seconds to an answer, by the hour of the answer ({figures.period.zone})."
    rows = [row for row in figures.answer_times_by_hour if row["p50"] is not None]
    if not rows:
        return empty_chart("answer-hours", "No question was answered in this period", note)
    names = [_NAMES["p50"], _NAMES["p90"]]
    data = [
        {
            "hour": row["hour"],
            "rank": _NAMES[rank],
            "seconds": row[rank],
            "label": f"{hour(row['hour'])}: {_NAMES[rank]} within {seconds(row[rank])} ({number(row['answers'])} answers)",
        }
        for rank in ("p50", "p90")
        for row in rows
    ]
    axes = {
        "x": {
            "field": "hour",
            "type": "quantitative",
            "scale": {"domain": [0, 23], "nice": False},
            "axis": HOURS_AXIS,
        },
        "y": {"field": "seconds", "type": "quantitative", "axis": {"title": "seconds", "tickCount": 4}},
    }
    lines = {
        "mark": "line",
        "encoding": {**axes, "color": colour_scale("rank", names, (SERIES[0], SERIES[1]), lines=True)},
    }
    points = {
        "mark": {"type": "point", "opacity": 0, "size": 260, "filled": True},
        "encoding": {**axes, "description": LABEL},
    }
    spec = chart_spec(data, height=210, layer=[lines, points])
    worst, best = max(rows, key=lambda row: row["p90"]), min(rows, key=lambda row: row["p90"])
    title = f"At {hour(worst['hour'])} 9 of 10 answers come within {seconds(worst['p90'])}"
    if best is not worst:
        title += f", at {hour(best['hour'])} within {seconds(best['p90'])}"
    table = [[hour(row["hour"]), number(row["answers"]), *(seconds(row[rank]) for rank in _RANKS)] for row in rows]
    return Chart("answer-hours", title, note, spec, ["hour", "answers", *_NAMES.values()], table)


def _seconds_axis(values: list[float]) -> Spec:
    low, high = min(values) / 1.25, max(values) * 1.25
    ticks = [tick for tick in _TICKS if low <= tick <= high]
    return {
        "field": "seconds",
        "type": "quantitative",
        "scale": {"type": "log", "nice": False, "domain": [low, high]},
        "axis": {
            "title": None,
            "values": ticks,
            "labelExpr": _TICK_LABELS,
            "grid": True,
            "gridColor": GRID,
            "labelColor": MUTED,
        },
    }
