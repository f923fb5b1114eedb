"""The charts of answer times."""

from __future__ import annotations

from itertools import groupby
from math import log
from typing import TYPE_CHECKING, Any

from .chart import HOURS, LABEL, Chart, chart_spec, colour_scale, empty_chart
from .extremes import highest, lowest
from .formatting import assistant, counted, hour, number, seconds
from .theme import GRID, SERIES, WIDTH
from .widths import name_and_count

if TYPE_CHECKING:
    from .chart import Spec
    from .figures import Figures, Rows

_RANKS = ("p50", "p90", "p99")
_NAMES = {"p50": "half of them", "p90": "9 of 10", "p99": "99 of 100"}
_SHORTEST = 0.001
"""Seconds. The axis is logarithmic, so that it has no zero."""
_TICK_LABELS = (
    "datum.value < 1 ? datum.value * 1000 + ' ms' : datum.value < 60 ? datum.value + ' s' : "
    "datum.value < 3600 ? datum.value / 60 + ' min' : datum.value / 3600 + ' h'"
)
_TICKS = (0.001, 0.01, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 14_400, 43_200, 86_400)
_TICK_DISTANCE = 44
"""The least distance of two ticks, in pixels."""
_ROW_HEIGHT, _ABOVE, _BELOW = 42, -9, 8
_UNITS = (("h", 3600), ("min", 60), ("s", 1))


def by_assistant(figures: Figures) -> Chart:
    """Return the chart of answer times, by assistant."""
    note = "Time from a question to the first message of an assistant. The axis is logarithmic."
    rows = [row for row in figures.answer_times_by_assistant if row["p50"] is not None]
    if not rows:
        return empty_chart("answers", "No question was answered in this period", note)
    rows.sort(key=lambda row: (row["p50"], row["assistant_id"] or ""))
    data = [
        {
            "row": index,
            "name": name_and_count(assistant(row["assistant_id"]), counted(row["answers"], "answer"), WIDTH - 8),
            "rank": _NAMES[rank],
            "seconds": max(_SHORTEST, row[rank]),
            "label": f"{assistant(row['assistant_id'])}: {_NAMES[rank]} came within {seconds(row[rank])}",
        }
        for index, row in enumerate(rows)
        for rank in _RANKS
    ]
    spec = chart_spec(data, height=_ROW_HEIGHT * len(rows) + 60, layer=_dots([row["seconds"] for row in data]))
    table = [
        [assistant(row["assistant_id"]), number(row["answers"]), *(seconds(row[rank]) for rank in _RANKS)]
        for row in rows
    ]
    return Chart("answers", _slowest(rows), note, spec, ["assistant", "answers", *_NAMES.values()], table)


def _slowest(rows: Rows) -> str:
    """Return the title: the assistants with the longest median."""
    slow = highest((assistant(row["assistant_id"]), row["p50"]) for row in rows)
    answers = counted(sum(row["answers"] for row in rows if row["p50"] == slow.amount), "answer")
    within = f"come within {seconds(slow.amount)}"
    if len(slow.names) == len(rows):
        return f"Half of the {answers} {within}" if slow.amount else f"Half of the {answers} come at once"
    return f"{slow.listed('assistant')} {slow.verb('is', 'are')} slowest: half of {answers} {within}"


def _dots(values: list[float]) -> list[Spec]:
    """Return the layers: a name, a dot for each rank, and a line between the lowest and the highest."""
    x = _seconds_axis(values)
    y = {"field": "row", "type": "ordinal", "axis": None, "scale": {"padding": 0}}
    ends = {"x": {**x, "aggregate": "min"}, "x2": {"field": "seconds", "aggregate": "max"}}
    colours = colour_scale("rank", [*_NAMES.values()], (SERIES[0], SERIES[1], SERIES[4]))
    return [
        {"mark": {"type": "rule", "strokeWidth": 3, "color": GRID, "yOffset": _BELOW}, "encoding": {"y": y, **ends}},
        {
            "mark": {"type": "point", "filled": True, "size": 130, "opacity": 1, "yOffset": _BELOW},
            "encoding": {"y": y, "x": x, "color": colours, "description": LABEL},
        },
        {
            "mark": {"type": "text", "align": "left", "baseline": "middle", "yOffset": _ABOVE},
            "encoding": {"x": {"value": 0}, "y": y, "text": {"field": "name"}},
            "transform": [{"filter": f"datum.rank == '{_NAMES['p50']}'"}],
        },
    ]


def _seconds_axis(values: list[float]) -> Spec:
    low, high = min(values) / 1.35, max(values) * 1.35
    return {
        "field": "seconds",
        "type": "quantitative",
        "scale": {"type": "log", "nice": False, "domain": [low, high]},
        "axis": {
            "title": None,
            "values": _ticks(low, high),
            "labelExpr": _TICK_LABELS,
            "grid": True,
            "gridColor": GRID,
        },
    }


def _ticks(low: float, high: float) -> list[float]:
    """Return the ticks between two durations that are far enough apart for their labels."""
    width = (WIDTH - 20) / log(high / low)
    ticks: list[float] = []
    for tick in _TICKS:
        if low <= tick <= high and (not ticks or log(tick / ticks[-1]) * width >= _TICK_DISTANCE):
            ticks.append(tick)
    return ticks


def by_hour(figures: Figures) -> Chart:
    """Return the chart of answer times, by hour of the day."""
    note = f"Time to an answer, by the hour of the answer ({figures.period.zone})."
    rows = [row for row in figures.answer_times_by_hour if row["p50"] is not None]
    if not rows:
        return empty_chart("answer-hours", "No question was answered in this period", note)
    rows.sort(key=lambda row: row["hour"])
    unit, factor = _unit_of(max(row["p90"] for row in rows))
    data = [
        {
            "hour": row["hour"],
            "rank": _NAMES[rank],
            "run": run,
            "time": row[rank] / factor,
            "label": f"{hour(row['hour'])}: {_NAMES[rank]} within {seconds(row[rank])} ({counted(row['answers'], 'answer')})",
        }
        for rank in ("p50", "p90")
        for run, row in _runs(rows)
    ]
    spec = chart_spec(data, height=230, layer=_lines(unit))
    table = [[hour(row["hour"]), number(row["answers"]), *(seconds(row[rank]) for rank in _RANKS)] for row in rows]
    return Chart("answer-hours", _slowest_hours(rows), note, spec, ["hour", "answers", *_NAMES.values()], table)


def _unit_of(longest: float) -> tuple[str, int]:
    """Return the unit of the axis, and its seconds."""
    return next(((unit, size) for unit, size in _UNITS if longest >= 2 * size), _UNITS[-1])


def _runs(rows: Rows) -> list[tuple[int, dict[str, Any]]]:
    """Return each row with the number of its run: a line connects only hours that follow each other."""
    runs = groupby(enumerate(rows), lambda pair: pair[1]["hour"] - pair[0])
    return [(run, row) for run, (_, pairs) in enumerate(runs) for _, row in pairs]


def _lines(unit: str) -> list[Spec]:
    axes = {
        "x": {
            "field": "hour",
            "type": "quantitative",
            "scale": {"domain": [0, 23], "nice": False, "padding": 6},
            "axis": {"title": None, "values": [*HOURS], "labelExpr": "datum.value + ':00'"},
        },
        "y": {
            "field": "time",
            "type": "quantitative",
            "axis": {"title": None, "tickCount": 4, "labelExpr": f"datum.label + ' {unit}'"},
        },
    }
    names = [_NAMES["p50"], _NAMES["p90"]]
    colours = colour_scale("rank", names, (SERIES[0], SERIES[1]))
    return [
        {"mark": "line", "encoding": {**axes, "color": colours, "detail": {"field": "run"}}},
        {
            "mark": {"type": "point", "opacity": 1, "size": 36, "filled": True},
            "encoding": {**axes, "color": colours, "description": LABEL},
        },
    ]


def _slowest_hours(rows: Rows) -> str:
    """Return the title: the hours with the longest and the shortest time of 9 of 10 answers."""
    slow = highest((hour(row["hour"]), row["p90"]) for row in rows)
    fast = lowest((hour(row["hour"]), row["p90"]) for row in rows)
    if slow.amount == fast.amount:
        answers = counted(sum(row["answers"] for row in rows), "answer")
        return f"9 of 10 of the {answers} come within {seconds(slow.amount)} at every hour"
    return (
        f"9 of 10 answers come within {seconds(slow.amount)} at {_hours(rows, slow.names)}, "
        f"the slowest, and within {seconds(fast.amount)} at {_hours(rows, fast.names)}, the fastest"
    )


def _hours(rows: Rows, names: tuple[str, ...]) -> str:
    answers = counted(sum(row["answers"] for row in rows if hour(row["hour"]) in names), "answer")
    shown = " and ".join(names) if len(names) <= 2 else f"{len(names)} hours"  # noqa: PLR2004
    return f"{shown} ({answers})"
