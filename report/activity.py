"""The charts of messages per day, messages per assistant, and busy hours."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from .chart import (
    HATCHING,
    HOURS,
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
from .extremes import highest, lowest
from .figures import total
from .formatting import WEEKDAYS, assistant, capital, compared, counted, hour, number, part
from .slots import index_of
from .steps import step_of, steps_up_to
from .theme import MUTED, ROLES, SERIES, WIDTH
from .widths import cut, name_and_count

if TYPE_CHECKING:
    from .chart import Spec
    from .figures import Figures, Rows

_MAX_ASSISTANTS, _OTHERS = 7, "all others"
_ROW_HEIGHT, _ROLE_WIDTH = 36, 70
_HOURS_A_DAY, _DAYS_A_WEEK = 24, 7


def messages_a_day(figures: Figures) -> Chart:
    """Return the chart of messages per day, by role."""
    slots = figures.slots
    note = f"Messages per {figures.unit} (UTC), by role."
    if not figures.messages:
        return empty_chart("messages", "No message was sent in this period", note)
    counts = Counter[tuple[int, str]]()
    for row in figures.messages_a_day:
        counts[index_of(slots, row["day"]), row["role"]] += row["messages"]
    present = {role for _, role in counts}
    roles = [*[role for role in ROLES if role in present], *sorted(present - ROLES.keys())]
    data = [
        {
            "start": slot.start,
            "complete": slot.complete,
            "role": cut(role, _ROLE_WIDTH),
            "order": order,
            "messages": counts[index, role],
            "label": f"{capital(slot.name)}: {counted(counts[index, role], 'message')} of role {role}",
        }
        for order, role in enumerate(roles)
        for index, slot in enumerate(slots)
    ]
    colours = [ROLES.get(role, SERIES[4 + order % 4]) for order, role in enumerate(roles)]
    spec = chart_spec(
        data,
        height=240,
        mark={"type": "bar"},
        encoding={
            "x": slots_axis(slots),
            "y": amounts_axis("messages"),
            "color": colour_scale("role", [cut(role, _ROLE_WIDTH) for role in roles], colours),
            "order": {"field": "order", "type": "quantitative"},
            "opacity": PALE_UNLESS_COMPLETE,
            "description": LABEL,
        },
    )
    table = [[slot.name, *(number(counts[index, role]) for role in roles)] for index, slot in enumerate(slots)]
    title = f"{counted(figures.messages, 'message')}{_comparison(figures)}{_extremes(figures, counts)}"
    return Chart("messages", title, note + pale_note(slots), spec, [figures.unit, *roles], table)


def _comparison(figures: Figures) -> str:
    """Return the part of the title that compares with the period before. A period that is not over is not compared."""
    if not figures.is_over:
        return " so far"
    return compared(figures.messages, total(figures.messages_a_day_before, "messages"), figures.period.days)


def _extremes(figures: Figures, counts: Counter[tuple[int, str]]) -> str:
    """Return the end of the title: when most and fewest messages were sent. Fewest is left out if a slot is not complete."""
    slots = figures.slots
    totals = Counter[str]({slot.name: 0 for slot in slots})
    for (index, _), messages in counts.items():
        totals[slots[index].name] += messages
    if len(totals) == 1:
        return ""
    most, fewest = highest(totals.items()), lowest(totals.items())
    if most.amount == fewest.amount:
        return f"; {number(most.amount)} in each {figures.unit}"
    preposition = "on" if figures.unit == "day" else "in"
    text = f"; most {preposition} {most.listed(figures.unit)} {most.figure(number(most.amount))}"
    if not all(slot.complete for slot in slots):
        return text
    return f"{text}, fewest {preposition} {fewest.listed(figures.unit)} {fewest.figure(number(fewest.amount))}"


def assistants_a_day(figures: Figures) -> Chart:
    """Return the chart of messages per day, by assistant."""
    slots = figures.slots
    note = f"Messages of assistants per {figures.unit} (UTC)."
    rows = [row for row in figures.messages_a_day if row["role"] == "assistant"]
    if not total(rows, "messages"):
        return empty_chart("assistants", "No assistant wrote in this period", note)
    totals = Counter[str | None]()
    for row in rows:
        totals[row["assistant_id"]] += row["messages"]
    shown = sorted(totals, key=lambda name: (-totals[name], name or ""))[:_MAX_ASSISTANTS]
    names = [assistant(name) for name in shown]
    if len(totals) > len(shown):
        names.append(_OTHERS)
        note += f" The {_MAX_ASSISTANTS} assistants with the most messages are named."
    counts = _by_row(figures, rows, shown)
    sums = [sum(counts[row, index] for index in range(len(slots))) for row in range(len(names))]
    data = [
        {
            "row": row,
            "colour": f"{row}",
            "name": name_and_count(name, counted(sums[row], "message"), WIDTH - 60),
            "first": index == 0,
            "start": slot.start,
            "complete": slot.complete,
            "messages": counts[row, index],
            "label": f"{capital(slot.name)}: {counted(counts[row, index], 'message')} of {name}",
        }
        for row, name in enumerate(names)
        for index, slot in enumerate(slots)
    ]
    table = [
        [name, slot.name, number(counts[row, index])]
        for row, name in enumerate(names)
        for index, slot in enumerate(slots)
    ]
    spec = _small_multiples(data, figures, len(names), max(counts.values()))
    return Chart(
        "assistants",
        _busiest_assistants(totals),
        note + pale_note(slots),
        spec,
        ["assistant", figures.unit, "messages"],
        table,
    )


def _busiest_assistants(totals: Counter[str | None]) -> str:
    """Return the title: the assistants with the most messages."""
    most = highest((assistant(name), count) for name, count in totals.items())
    share = part(most.amount, totals.total(), "message")
    if len(most.names) > 1:
        return f"{most.listed('assistant')} wrote most: each {share}"
    return (
        f"{most.listed('assistant')} wrote most: {share}"
        if totals[None] != most.amount
        else f"{share} name no assistant"
    )


def _by_row(figures: Figures, rows: Rows, shown: list[str | None]) -> Counter[tuple[int, int]]:
    """Return the messages by row of the chart and by slot. The last row has all assistants that are not shown."""
    counts = Counter[tuple[int, int]]()
    for row in rows:
        name = row["assistant_id"]
        drawn = shown.index(name) if name in shown else len(shown)
        counts[drawn, index_of(figures.slots, row["day"])] += row["messages"]
    return counts


def _small_multiples(data: list[dict[str, Any]], figures: Figures, rows: int, top: float) -> Spec:
    """Return a row of bars for each assistant, under its name. All rows have the same scale."""
    x = slots_axis(figures.slots)
    most = (
        "format(datum.value, datum.value < 1e6 ? ',d' : '.3~s')"  # the row has a fixed width: no room for long labels
    )
    y = amounts_axis("messages", values=[0, top], labelExpr=f"datum.value ? {most} : ''", grid=True)
    y["scale"] = {"domain": [0, top]}
    colours = colour_scale("colour", [*map(str, range(rows))], [SERIES[row % len(SERIES)] for row in range(rows)])
    bars = {
        "mark": {"type": "bar"},
        "encoding": {
            "x": x,
            "y": y,
            "color": {**colours, "legend": None},
            "opacity": PALE_UNLESS_COMPLETE,
            "description": LABEL,
        },
    }
    names = {
        "mark": {"type": "text", "align": "left", "baseline": "bottom"},
        "encoding": {"x": {"value": 0}, "y": {"value": -4}, "text": {"field": "name"}},
        "transform": [{"filter": "datum.first"}],
    }
    spec = chart_spec(data, height=_ROW_HEIGHT)
    inner = {"width": WIDTH - 56, "height": _ROW_HEIGHT, "layer": [bars, names]}
    facet = {"row": {"field": "row", "type": "ordinal", "header": None}}
    return {"data": spec["data"], "facet": facet, "spec": inner, "spacing": 24, "autosize": "pad"}


def busy_hours(figures: Figures) -> Chart:
    """Return the chart of messages of users, by weekday and hour."""
    note = f"Messages of users by weekday and hour ({figures.period.zone})."
    counts = Counter({(row["weekday"], row["hour"]): row["messages"] for row in figures.busy_hours})
    if not counts.total():
        return empty_chart("hours", "No user wrote in this period", note)
    within = _hours_within(figures) | counts.keys()
    steps = steps_up_to(max(counts.values()))
    cells = [(weekday, clock) for weekday in range(1, _DAYS_A_WEEK + 1) for clock in range(_HOURS_A_DAY)]
    data = [
        {
            "weekday": WEEKDAYS[weekday - 1],
            "hour": clock,
            "messages": counts[weekday, clock],
            "within": (weekday, clock) in within,
            "step": step_of(steps, counts[weekday, clock]),
            "label": _label_of_hour(weekday, clock, counts[weekday, clock], within),
        }
        for weekday, clock in cells
    ]
    if len(within) < len(cells):
        note += " Hatched: hours that are not in the period."
    elif figures.complete_days % _DAYS_A_WEEK:
        note += " The period does not have each weekday equally often."
    table = [
        [hour(clock), *(number(counts[weekday, clock]) for weekday in range(1, _DAYS_A_WEEK + 1))]
        for clock in range(_HOURS_A_DAY)
    ]
    columns = ["hour", *(weekday[:3] for weekday in WEEKDAYS)]
    return Chart("hours", _busiest(counts), note, _heat_map(data, [*steps]), columns, table)


def _label_of_hour(weekday: int, clock: int, messages: int, within: set[tuple[int, int]]) -> str:
    moment = f"{WEEKDAYS[weekday - 1]}, {hour(clock)}"
    return f"{moment}: {counted(messages, 'message')}" if (weekday, clock) in within else f"{moment}: not in the period"


def _hours_within(figures: Figures) -> set[tuple[int, int]]:
    """Return the weekdays and hours of the time zone that the period contains and that have begun."""
    zone = ZoneInfo(figures.period.zone)
    end = min(figures.period.until, figures.known_until, figures.period.since + timedelta(days=_DAYS_A_WEEK + 1))
    moment, found = figures.period.since.replace(tzinfo=UTC), set[tuple[int, int]]()
    while moment.replace(tzinfo=None) < end:
        local = moment.astimezone(zone)
        found.add((local.isoweekday(), local.hour))
        moment += timedelta(minutes=15)
    return found


def _heat_map(data: list[dict[str, Any]], steps: list[str]) -> Spec:
    values, labels = [*HOURS], "datum.value + ':00'"
    axes = {
        "x": {
            "field": "hour",
            "type": "ordinal",
            "axis": {"title": None, "labelAngle": 0, "labelAlign": "left", "values": values, "labelExpr": labels},
        },
        "y": {
            "field": "weekday",
            "type": "ordinal",
            "sort": [*WEEKDAYS],
            "axis": {"title": None, "labelExpr": "slice(datum.value, 0, 3)"},
        },
    }
    squares = {
        "mark": {"type": "rect", "cornerRadius": 2, "strokeWidth": 1},
        "encoding": {**axes, "color": heat_scale(steps), "description": LABEL},
        "transform": [{"filter": "datum.within"}],
    }
    outside = {
        "mark": {
            "type": "point",
            "shape": HATCHING,
            "size": 100,
            "filled": False,
            "stroke": MUTED,
            "strokeWidth": 1,
            "opacity": 0.5,
        },
        "encoding": {**axes, "description": LABEL},
        "transform": [{"filter": "!datum.within"}],
    }
    return chart_spec(data, height=240, layer=[squares, outside])


def _busiest(counts: Counter[tuple[int, int]]) -> str:
    weekdays, hours = Counter[str](), Counter[str]()
    for (weekday, clock), messages in counts.items():
        weekdays[f"{WEEKDAYS[weekday - 1]}s"] += messages
        hours[hour(clock)] += messages
    day, clock_ = highest(weekdays.items()), highest(hours.items())
    most_on = f"{day.listed('weekday')} {day.figure(f'{number(day.amount)} of {number(counts.total())}')}"
    return f"Users wrote most on {most_on} and at {clock_.listed('hour')} {clock_.figure(number(clock_.amount))}"
