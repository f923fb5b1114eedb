"""The charts of messages per day, messages per assistant, and busy hours."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from .chart import (
    HOURS_AXIS,
    LABEL,
    Chart,
    amounts_axis,
    bar_width,
    chart_spec,
    colour_scale,
    days_axis,
    empty_chart,
    heat_scale,
)
from .figures import change, total
from .formatting import WEEKDAYS, assistant, compared, counted, day, hour, number, percent
from .theme import INK, ROLES, SERIES, WIDTH

if TYPE_CHECKING:
    from .figures import Figures, Rows

_ROW_HEADER = {
    "title": None,
    "labelAngle": 0,
    "labelAlign": "left",
    "labelAnchor": "middle",
    "labelColor": INK,
    "labelFontSize": 12,
    "labelPadding": 8,
    "labelLimit": 140,
}
_TOP_ONLY = "datum.value ? format(datum.value, ',d') : ''"
_MAX_ASSISTANTS, _OTHERS = 7, "all others"
_QUIET = 0.4
"""The title names a day with less than this share of the messages of the median day."""


def messages_a_day(figures: Figures) -> Chart:
    """Return the chart of messages per day, by role."""
    note = "Messages per day (UTC), by role."
    if not figures.messages:
        return empty_chart("messages", "No message was sent in this period", note)
    by_day: defaultdict[str, Counter[object]] = defaultdict(Counter)
    for row in figures.messages_a_day:
        by_day[row["role"]][row["day"]] += row["messages"]
    days = figures.period.each_day()
    roles = [*[role for role in ROLES if role in by_day], *sorted(by_day.keys() - ROLES.keys())]
    data = [
        {
            "day": moment,
            "role": role,
            "order": index,
            "messages": by_day[role][moment],
            "label": f"{day(moment)}: {counted(by_day[role][moment], 'message')} of role {role}",
        }
        for index, role in enumerate(roles)
        for moment in days
    ]
    difference = change(figures.messages, total(figures.messages_a_day_before, "messages"))
    colours = [ROLES.get(role, SERIES[4 + index % 4]) for index, role in enumerate(roles)]
    spec = chart_spec(
        data,
        height=250,
        mark={"type": "bar", "width": bar_width(days)},
        encoding={
            "x": days_axis(len(days)),
            "y": amounts_axis("messages per day", "messages"),
            "color": colour_scale("role", roles, colours),
            "order": {"field": "order", "type": "quantitative"},
            "description": LABEL,
        },
    )
    table = [[day(moment), *(number(by_day[role][moment]) for role in roles)] for moment in days]
    title = f"{counted(figures.messages, 'message')}{compared(difference, figures.period.days)}{_quietest(figures)}"
    return Chart("messages", title, note, spec, ["day", *roles], table)


def _quietest(figures: Figures) -> str:
    """Return the end of the title if one working day has very few messages, as after an outage."""
    days = figures.period.each_day()
    counts = Counter(dict.fromkeys(days, 0))
    for row in figures.messages_a_day:
        counts[row["day"]] += row["messages"]
    weekdays = {moment: counts[moment] for moment in days if moment.weekday() < 5}  # noqa: PLR2004
    if len(weekdays) < 10:  # noqa: PLR2004 - too few days to compare
        return ""
    median = sorted(weekdays.values())[len(weekdays) // 2]
    quiet = min(weekdays, key=lambda moment: weekdays[moment])
    return f"; very few on {day(quiet)}" if weekdays[quiet] < median * _QUIET else ""


def assistants_a_day(figures: Figures) -> Chart:
    """Return the chart of messages per day, by assistant."""
    note = "Messages of assistants per day (UTC). The seven assistants with the most messages are named."
    rows = [row for row in figures.messages_a_day if row["role"] == "assistant"]
    if not rows:
        return empty_chart("assistants", "No assistant wrote in this period", note)
    totals, counts = _by_assistant(rows)
    names = sorted(totals, key=lambda name: (name == _OTHERS, -totals[name]))
    days = figures.period.each_day()
    data = [
        {
            "day": moment,
            "assistant": name,
            "messages": counts[moment, name],
            "label": f"{day(moment)}: {counted(counts[moment, name], 'message')} of {name}",
        }
        for name in names
        for moment in days
    ]
    top = max(counts.values())
    y = amounts_axis("messages per day", "messages", scale={"domain": [0, top]})
    y["axis"] = {"title": None, "values": [0, top], "labelExpr": _TOP_ONLY, "grid": True}
    spec = chart_spec(
        data,
        height=44,
        mark={"type": "bar", "width": bar_width(days) * 0.75},
        encoding={
            "row": {"field": "assistant", "type": "nominal", "sort": names, "header": _ROW_HEADER, "spacing": 14},
            "x": days_axis(len(days)),
            "y": y,
            "color": {**colour_scale("assistant", names, SERIES), "legend": None},
            "description": LABEL,
        },
    )
    spec |= {"width": WIDTH - 134, "autosize": "pad"}
    title = f"{names[0]} writes most: {percent(totals[names[0]] / totals.total())} of the messages of assistants"
    table = [[day(moment), *(number(counts[moment, name]) for name in names)] for moment in days]
    return Chart("assistants", title, note, spec, ["day", *names], table)


def _by_assistant(rows: Rows) -> tuple[Counter[str], Counter[tuple[object, str]]]:
    """Return the messages of the busiest assistants and of all others together: totals, and counts per day."""
    totals = Counter[str]()
    for row in rows:
        totals[assistant(row["assistant_id"])] += row["messages"]
    kept = {name for name, _ in totals.most_common(_MAX_ASSISTANTS)}
    counts = Counter[tuple[object, str]]()
    for row in rows:
        name = assistant(row["assistant_id"])
        counts[row["day"], name if name in kept else _OTHERS] += row["messages"]
    shown = Counter({name: totals[name] for name in totals if name in kept})
    if len(shown) < len(totals):
        shown[_OTHERS] = totals.total() - shown.total()
    return shown, counts


def busy_hours(figures: Figures) -> Chart:
    """Return the chart of messages of users, by weekday and hour."""
    note = f"Messages of users by weekday and hour ({figures.period.zone})."
    if not figures.busy_hours:
        return empty_chart("hours", "No user wrote in this period", note)
    counts = {(row["weekday"], row["hour"]): row["messages"] for row in figures.busy_hours}
    data = [
        {
            "weekday": WEEKDAYS[weekday - 1],
            "hour": clock,
            "messages": counts.get((weekday, clock), 0),
            "label": f"{WEEKDAYS[weekday - 1]}, {hour(clock)}: {counted(counts.get((weekday, clock), 0), 'message')}",
        }
        for weekday in range(1, 8)
        for clock in range(24)
    ]
    spec = chart_spec(
        data,
        height=270,
        mark={"type": "rect", "cornerRadius": 3},
        encoding={
            "x": {
                "field": "hour",
                "type": "ordinal",
                "axis": {**HOURS_AXIS, "labelAngle": 0},
            },
            "y": {"field": "weekday", "type": "ordinal", "sort": [*WEEKDAYS], "axis": {"title": None}},
            "color": heat_scale("messages", max(counts.values())),
            "description": LABEL,
        },
    )
    hours, weekdays = Counter[int](), Counter[str]()
    for (weekday, clock), count in counts.items():
        hours[clock] += count
        weekdays[WEEKDAYS[weekday - 1]] += count
    title = f"Users write most on {weekdays.most_common(1)[0][0]}s, and around {hour(hours.most_common(1)[0][0])}"
    table = [
        [WEEKDAYS[weekday - 1], *(number(counts.get((weekday, clock), 0)) for clock in range(24))]
        for weekday in range(1, 8)
    ]
    return Chart("hours", title, note, spec, ["", *(f"{clock}" for clock in range(24))], table)
