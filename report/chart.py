"""A chart: its title, its Vega-Lite description, and its figures as a table; and the parts that charts share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .theme import HEAT, WIDTH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .slots import TimeSlot

Spec = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Chart:
    """A title that states the finding, a note on the data, a drawing unless there is no data, and a table."""

    name: str
    title: str
    note: str
    spec: Spec | None
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()


def empty_chart(name: str, title: str, note: str) -> Chart:
    """Return a chart without a drawing, for a period without such data."""
    return Chart(name, title, note, None)


def chart_spec(data: Sequence[dict[str, Any]], *, height: int, **spec: Any) -> Spec:
    """Return a Vega-Lite description of this data, with dates in ISO 8601."""
    values = [{key: _plain(value) for key, value in row.items()} for row in data]
    fit = {"type": "fit", "contains": "padding"}
    return {"width": WIDTH, "height": height, "autosize": fit, "data": {"values": values}, **spec}


def _plain(value: Any) -> Any:
    return value.isoformat() + "Z" if hasattr(value, "isoformat") else value


_FORMATS = {"day": "%-d %b", "week": "%-d %b", "month": "%b %Y"}
_MOST_LABELS = {"day": 6, "week": 6, "month": 5}
_STEPS = (1, 2, 3, 7, 14, 21, 28)
_DENSE = 60
_AXIS_WIDTH, _HALF_A_LABEL = 300, 26


def slots_axis(slots: Sequence[TimeSlot]) -> Spec:
    """Return a horizontal axis of days, weeks or months, with a band for each."""
    count = len(slots)
    most = _MOST_LABELS[slots[0].unit]
    step = next((step for step in _STEPS if count <= step * most), -(-count // most))
    labelled = [
        index for index in range(0, count, step) if (count - index - 0.5) * _AXIS_WIDTH / count >= _HALF_A_LABEL
    ]
    shown = _FORMATS[slots[0].unit]
    return {
        "field": "start",
        "type": "ordinal",
        "scale": {"domain": [_plain(slot.start) for slot in slots], "paddingInner": 0.25 if count <= _DENSE else 0},
        "axis": {
            "title": None,
            "labelAngle": 0,
            "labelPadding": 10,
            "values": [_plain(slots[index].start) for index in labelled],
            "labelExpr": f"utcFormat(toDate(datum.value), '{shown}')",
        },
    }


PALE_UNLESS_COMPLETE: Spec = {"condition": {"test": "datum.complete", "value": 1}, "value": 0.45}
"""The opacity of a bar: a day, week or month that is not complete is pale."""


def pale_note(slots: Sequence[TimeSlot]) -> str:
    """Return a sentence about the pale bars; empty if all days, weeks or months are complete."""
    if all(slot.complete for slot in slots):
        return ""
    return f" Pale: the {slots[0].unit} is not complete."


def amounts_axis(name: str, **axis: Any) -> Spec:
    """Return a vertical axis of whole amounts. The note of the chart names the unit."""
    axis = {"title": None, "tickCount": 4, "tickMinStep": 1, "format": ",d", **axis}
    return {"field": name, "type": "quantitative", "axis": axis}


def colour_scale(name: str, domain: Sequence[str], colours: Sequence[str], *, lines: bool = False) -> Spec:
    """Return a colour for each value, with a legend if there are several values."""
    legend: Spec | None = None
    if len(domain) > 1:
        legend = {"columns": 4}
        if lines:
            legend |= {"symbolType": "stroke", "symbolStrokeWidth": 3}
    return {
        "field": name,
        "type": "nominal",
        "scale": {"domain": [*domain], "range": [*colours]},
        "legend": legend,
        "sort": [*domain],
    }


def heat_scale(steps: Sequence[str]) -> Spec:
    """Return a colour for each step, from the weakest to the strongest, with a legend."""
    colours = [HEAT[0], *HEAT[len(HEAT) - len(steps) + 1 :]]
    legend = {"symbolType": "square", "symbolSize": 180, "columns": 3, "columnPadding": 16}
    return {
        "field": "step",
        "type": "ordinal",
        "scale": {"domain": [*steps], "range": colours},
        "legend": legend,
        "sort": [*steps],
    }


HOURS = (0, 6, 12, 18)
"""The hours that have a label."""

LABEL: Spec = {"field": "label", "type": "nominal"}
"""The text of a mark, for the tooltip and for screen readers."""

HATCHING = "M-1,0.5L-0.5,1M-1,-0.5L0.5,1M-0.5,-1L1,0.5M0.5,-1L1,-0.5M-1,-1H1V1H-1Z"
"""The shape of a point: lines across a square that is not complete, and therefore has no figure."""
