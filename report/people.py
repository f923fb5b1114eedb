"""Charts of who is there, and who comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .chart import LABEL, Chart, amounts_axis, coloured, days_axis, drawn, heat, nothing, span
from .figures import total
from .theme import INK, SERIES, SURFACE
from .words import counted, day, number, percent

if TYPE_CHECKING:
    from .figures import Figures

_WEEKS = 8
_TOP = 0.9
"""The share from which on the colour gets no stronger."""
_HEADER = 48
"""How high the axis above the squares is."""
_KINDS = ("returning", "new")


def active_users(figures: Figures) -> Chart:
    """Users who wrote, new and returning, day by day."""
    note = "Users who wrote, a day (UTC); new ones had never written before."
    if not figures.users:
        return nothing("users", "No user wrote in this period", note)
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
    spec = drawn(
        data,
        height=250,
        mark={"type": "bar", "width": span(days)},
        encoding={
            "x": days_axis(len(days)),
            "y": amounts_axis("users", "users"),
            "color": coloured("kind", _KINDS, (SERIES[0], SERIES[4])),
            "description": LABEL,
        },
    )
    new = total(figures.new_and_returning_users, "new")
    mean = sum(counts.values()) / len(days)
    title = (
        f"{counted(figures.users, 'user')} wrote, {number(new)} of them for the first time; {_mean(mean)} on a mean day"
    )
    table = [[day(moment), *(number(counts[moment, kind]) for kind in _KINDS)] for moment in days]
    return Chart("users", title, note, spec, ["day", *_KINDS], table)


def _mean(value: float) -> str:
    return f"{value:.1f}" if value < 10 else number(value)  # noqa: PLR2004


def retention(figures: Figures) -> Chart:
    """Who came back, week by week after the first one."""
    note = "Users by the week in which they first wrote: how many of them wrote again, so many weeks later."
    rows = [row for row in figures.retention if row["week"] <= _WEEKS]
    if not any(row["week"] for row in rows):
        return nothing("retention", "Nobody has been here long enough to come back in a later week", note)
    whole = {row["cohort"]: row["users"] for row in rows if not row["week"]}
    known = {(row["cohort"], row["week"]): row["users"] for row in rows}
    last = figures.period.until
    cells = [
        (cohort, week, known.get((cohort, week), 0))
        for cohort in sorted(whole)
        for week in range(1, _WEEKS + 1)
        if (last - cohort).days >= week * 7
    ]
    data = [
        {
            "cohort": f"{day(cohort)[4:]} · {number(whole[cohort])}",
            "week": week,
            "share": users / whole[cohort],
            "text": f"{users / whole[cohort] * 100:.0f}",
            "strong": users / whole[cohort] >= _TOP * 4 / 6,
            "label": f"Of {counted(whole[cohort], 'user')} of the week of {day(cohort)}, {number(users)} wrote in week {week}",
        }
        for cohort, week, users in cells
    ]
    axes = {
        "x": {"field": "week", "type": "ordinal", "axis": {"title": "weeks later", "labelAngle": 0, "orient": "top"}},
        "y": {"field": "cohort", "type": "ordinal", "sort": None, "axis": {"title": None}},
    }
    squares = {
        "mark": {"type": "rect", "cornerRadius": 3},
        "encoding": {**axes, "color": heat("share", _TOP), "description": LABEL},
    }
    colour = {"condition": {"test": "datum.strong", "value": SURFACE}, "value": INK}
    figures_in_them = {
        "mark": {"type": "text", "fontSize": 11},
        "encoding": {**axes, "text": {"field": "text"}, "color": colour},
    }
    spec = drawn(data, height=_HEADER + 24 * len(whole), layer=[squares, figures_in_them])
    first = [cell for cell in cells if cell[1] == 1]
    again = sum(users for _, _, users in first) / max(1, sum(whole[cohort] for cohort, _, _ in first))
    title = f"{percent(again)} of new users write again in the week after their first one"
    table = [[day(cohort), f"{week}", number(users), percent(users / whole[cohort])] for cohort, week, users in cells]
    return Chart("retention", title, note, spec, ["first week", "weeks later", "users", "share"], table)
