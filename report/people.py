"""The charts of users: active users per day, and users who return."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .chart import LABEL, Chart, amounts_axis, bar_width, chart_spec, colour_scale, days_axis, empty_chart, heat_scale
from .figures import total
from .formatting import counted, day, number, percent
from .theme import INK, SERIES, SURFACE

if TYPE_CHECKING:
    from .figures import Figures

_WEEKS = 8
_TOP = 0.9
"""Shares from here on have the strongest colour."""
_HEADER = 48
"""The height of the axis above the squares, in pixels."""
_KINDS = ("returning", "new")


def active_users(figures: Figures) -> Chart:
    """Return the chart of users who wrote per day, new and returning."""
    note = "Users who wrote, per day (UTC). New users had never written before."
    if not figures.users:
        return empty_chart("users", "No user wrote in this period", note)
    known = {row["day"]: row for row in figures.new_and_returning_users}
    days = figures.period.each_day()
    counts = {(moment, kind): known.get(moment, {}).get(kind, 0) for moment in days for kind in _KINDS}
    data = [
        {
            "day": moment,
            "kind": kind,
            "users": counts[moment, kind],
            "label": f"{day(moment)}: {counted(counts[moment, kind], f'{kind} user')}",
        }
        for kind in _KINDS
        for moment in days
    ]
    spec = chart_spec(
        data,
        height=250,
        mark={"type": "bar", "width": bar_width(days)},
        encoding={
            "x": days_axis(len(days)),
            "y": amounts_axis("users", "users"),
            "color": colour_scale("kind", _KINDS, (SERIES[0], SERIES[4])),
            "description": LABEL,
        },
    )
    new = total(figures.new_and_returning_users, "new")
    mean = sum(counts.values()) / len(days)
    title = f"{counted(figures.users, 'user')} wrote, {number(new)} of them for the first time; {_mean(mean)} per day on average"
    table = [[day(moment), *(number(counts[moment, kind]) for kind in _KINDS)] for moment in days]
    return Chart("users", title, note, spec, ["day", *_KINDS], table)


def _mean(value: float) -> str:
    return f"{value:.1f}" if value < 10 else number(value)  # noqa: PLR2004


def retention(figures: Figures) -> Chart:
    """Return the chart of users who wrote again, by the week of their first message and the weeks after it."""
    note = "Users by the week of their first message, and the share of them who wrote again in each later week."
    rows = [row for row in figures.retention if row["week"] <= _WEEKS]
    if not any(row["week"] for row in rows):
        return empty_chart("retention", "No user wrote early enough to return in a later week", note)
    sizes = {row["cohort"]: row["users"] for row in rows if not row["week"]}
    known = {(row["cohort"], row["week"]): row["users"] for row in rows}
    last = figures.period.until
    cells = [
        (cohort, week, known.get((cohort, week), 0))
        for cohort in sorted(sizes)
        for week in range(1, _WEEKS + 1)
        if (last - cohort).days >= week * 7
    ]
    data = [
        {
            "cohort": f"{day(cohort)[4:]} · {number(sizes[cohort])}",
            "week": week,
            "share": users / sizes[cohort],
            "text": f"{users / sizes[cohort] * 100:.0f}",
            "strong": users / sizes[cohort] >= _TOP * 4 / 6,
            "label": f"Of {counted(sizes[cohort], 'user')} of the week of {day(cohort)}, {number(users)} wrote in week {week}",
        }
        for cohort, week, users in cells
    ]
    axes = {
        "x": {"field": "week", "type": "ordinal", "axis": {"title": "weeks later", "labelAngle": 0, "orient": "top"}},
        "y": {"field": "cohort", "type": "ordinal", "sort": None, "axis": {"title": None}},
    }
    squares = {
        "mark": {"type": "rect", "cornerRadius": 3},
        "encoding": {**axes, "color": heat_scale("share", _TOP), "description": LABEL},
    }
    colour = {"condition": {"test": "datum.strong", "value": SURFACE}, "value": INK}
    square_texts = {
        "mark": {"type": "text", "fontSize": 11},
        "encoding": {**axes, "text": {"field": "text"}, "color": colour},
    }
    spec = chart_spec(data, height=_HEADER + 24 * len(sizes), layer=[squares, square_texts])
    first_week = [cell for cell in cells if cell[1] == 1]
    again = sum(users for _, _, users in first_week) / max(1, sum(sizes[cohort] for cohort, _, _ in first_week))
    title = f"{percent(again)} of new users write again in the week after their first one"
    table = [[day(cohort), f"{week}", number(users), percent(users / sizes[cohort])] for cohort, week, users in cells]
    return Chart("retention", title, note, spec, ["first week", "weeks later", "users", "share"], table)
