"""The charts of users: active users per day, and users who return."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from .chart import (
    HATCHING,
    LABEL,
    PALE_UNLESS_COMPLETE,
    Chart,
    amounts_axis,
    chart_spec,
    colour_scale,
    empty_chart,
    heat_scale,
    pale_note,
    slots_axis,
)
from .figures import total
from .formatting import capital, counted, number, part, percent
from .slots import index_of
from .steps import SHARES, step_of
from .theme import INK, MUTED, SERIES, SURFACE

if TYPE_CHECKING:
    from datetime import datetime

    from .chart import Spec
    from .figures import Figures, Rows

_WEEKS = 8
_STRONG = 41
"""Percent. From here on the colour is so strong that its text is light."""
_ROW_HEIGHT, _HEADER = 26, 90
_KINDS = ("returning", "new")


def active_users(figures: Figures) -> Chart:
    """Return the chart of users who wrote per day, new and returning."""
    note = f"Users who wrote, per {figures.unit} (UTC). New users had never written before."
    slots = figures.slots
    if not figures.users or not slots:
        return empty_chart("users", "No user wrote in this period", note)
    counts = _by_kind(figures)
    data = [
        {
            "start": slot.start,
            "complete": slot.complete,
            "kind": kind,
            "users": counts[index, kind],
            "label": f"{capital(slot.name)}: {counted(counts[index, kind], f'{kind} user')}",
        }
        for kind in _KINDS
        for index, slot in enumerate(slots)
    ]
    spec = chart_spec(
        data,
        height=240,
        mark={"type": "bar"},
        encoding={
            "x": slots_axis(slots),
            "y": amounts_axis("users"),
            "color": colour_scale("kind", _KINDS, (SERIES[0], SERIES[4])),
            "opacity": PALE_UNLESS_COMPLETE,
            "description": LABEL,
        },
    )
    new = sum(counts[index, "new"] for index in range(len(slots)))
    title = f"{counted(figures.users, 'user')} wrote, {number(new)} of them for the first time{_mean(figures, counts)}"
    table = [[slot.name, *(number(counts[index, kind]) for kind in _KINDS)] for index, slot in enumerate(slots)]
    return Chart("users", title, note + pale_note(slots), spec, [figures.unit, *_KINDS], table)


def _by_kind(figures: Figures) -> Counter[tuple[int, str]]:
    """Return the users by slot and kind. A user is new in one slot only, so the new users of its days can be added up."""
    slots = figures.slots
    counts = Counter[tuple[int, str]]()
    for row in figures.new_and_returning_users:
        counts[index_of(slots, row["day"]), "new"] += row["new"]
        if figures.unit == "day":
            counts[index_of(slots, row["day"]), "returning"] += row["returning"]
    if figures.unit != "day":
        for row in figures.active_users:
            index = max(0, index_of(slots, row["start"]))
            counts[index, "returning"] += row["users"] - counts[index, "new"]
    return counts


def _mean(figures: Figures, counts: Counter[tuple[int, str]]) -> str:
    """Return the end of the title: the mean of the complete days, weeks or months."""
    complete = [index for index, slot in enumerate(figures.slots) if slot.complete]
    if len(complete) < 2:  # noqa: PLR2004 - one is no average
        return ""
    mean = sum(counts[index, kind] for index in complete for kind in _KINDS) / len(complete)
    shown = f"{mean:.1f}" if mean < 10 else number(mean)  # noqa: PLR2004
    return f"; {shown} per {figures.unit} on average"


def retention(figures: Figures) -> Chart:
    """Return the chart of users who wrote again, by the week of their first message and the weeks after it."""
    rows = [row for row in figures.retention if row["week"] <= _WEEKS]
    note = (
        "Users by the week of their first message (from Monday, UTC; the last 12 weeks), "
        "and percent of them who wrote again in each later week."
    )
    cells = [row for row in rows if row["week"]]
    if not rows:
        return empty_chart("retention", "No user wrote for the first time in these weeks", note)
    if not cells:
        return empty_chart("retention", "No user wrote early enough to return in a later week", note)
    sizes = {row["cohort"]: row["users"] for row in rows if not row["week"]}
    shown = sorted({row["cohort"] for row in cells})
    data = [_cell(row, sizes[row["cohort"]]) for row in cells]
    if not all(row["complete"] for row in cells):
        note += " Hatched: the week is not complete."
    table = [
        [
            _week(row["cohort"]),
            f"{row['week']}",
            f"{number(row['users'])} of {number(sizes[row['cohort']])}",
            percent(row["users"] / sizes[row["cohort"]]) if row["complete"] else "not complete",
        ]
        for row in cells
    ]
    spec = _grid(data, len(shown))
    return Chart(
        "retention", _again(cells, sizes), note, spec, ["first week", "weeks later", "wrote again", "share"], table
    )


def _week(monday: datetime) -> str:
    return f"{monday.day} {monday:%b}"


def _cell(row: dict[str, Any], size: int) -> dict[str, Any]:
    share = round(row["users"] / size * 100)
    end = row["cohort"] + timedelta(weeks=row["week"] + 1)
    wrote = f"{number(row['users'])} of {counted(size, 'user')} of the week of {_week(row['cohort'])} wrote in week {row['week']}"
    return {
        "cohort": f"{_week(row['cohort'])} ({number(size)})",
        "week": row["week"],
        "users": row["users"],
        "size": size,
        "complete": row["complete"],
        "text": f"{share}" if row["complete"] else "",
        "step": step_of(SHARES, share),
        "strong": share >= _STRONG,
        "label": wrote if row["complete"] else f"{wrote} so far: it ends on {_week(end)}",
    }


def _grid(data: list[dict[str, Any]], rows: int) -> Spec:
    axes = {
        "x": {
            "field": "week",
            "type": "ordinal",
            "scale": {"domain": [*range(1, _WEEKS + 1)]},
            "axis": {"title": "weeks later", "labelAngle": 0, "orient": "top"},
        },
        "y": {"field": "cohort", "type": "ordinal", "sort": None, "axis": {"title": None}},
    }
    squares = {
        "mark": {"type": "rect", "cornerRadius": 3},
        "encoding": {**axes, "color": heat_scale([*SHARES]), "description": LABEL},
        "transform": [{"filter": "datum.complete"}],
    }
    hatched = {
        "mark": {
            "type": "point",
            "shape": HATCHING,
            "size": 280,
            "filled": False,
            "stroke": MUTED,
            "strokeWidth": 1,
            "opacity": 0.7,
        },
        "encoding": {**axes, "description": LABEL},
        "transform": [{"filter": "!datum.complete"}],
    }
    colour = {"condition": {"test": "datum.strong", "value": SURFACE}, "value": INK}
    texts = {
        "mark": {"type": "text", "fontSize": 12},
        "encoding": {**axes, "text": {"field": "text"}, "color": colour},
        "transform": [{"filter": "datum.complete"}],
    }
    return chart_spec(data, height=_HEADER + _ROW_HEIGHT * rows, layer=[squares, hatched, texts])


def _again(cells: Rows, sizes: dict[Any, int]) -> str:
    """Return the title: the share of the users of all cohorts whose second week is complete."""
    second = [row for row in cells if row["week"] == 1 and row["complete"]]
    if not second:
        return "No week after a first one is complete yet"
    users = sum(sizes[row["cohort"]] for row in second)
    return f"{part(total(second, 'users'), users, 'new user')} wrote again in the week after their first one"
