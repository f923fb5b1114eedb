"""A chart: its title, its Vega-Lite description, and its figures as a table; and the parts that charts share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .theme import HEAT, MUTED, WIDTH

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

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


def days_axis(days: int) -> Spec:
    """Return a horizontal axis of days. Days are UTC, whatever the time zone of the machine."""
    return {
        "field": "day",
        "type": "temporal",
        "scale": {"type": "utc", "padding": 12},
        "axis": {"format": "%-d %b", "tickCount": min(days, 8), "title": None},
    }


def amounts_axis(title: str, name: str, **more: Any) -> Spec:
    """Return a vertical axis of amounts; `title` is the unit."""
    axis = {"title": None, "tickCount": 4, "format": more.pop("format", ",~r")}
    return {"field": name, "type": "quantitative", "axis": axis, "title": title, **more}


def colour_scale(name: str, domain: Sequence[str], colours: Sequence[str], *, lines: bool = False) -> Spec:
    """Return a colour for each value, with a legend if there are several values."""
    legend = None
    if len(domain) > 1:
        legend = {"symbolType": "stroke", "symbolStrokeWidth": 3} if lines else {}
    return {
        "field": name,
        "type": "nominal",
        "scale": {"domain": [*domain], "range": [*colours]},
        "legend": legend,
        "sort": [*domain],
    }


def heat_scale(name: str, top: float) -> Spec:
    """Return a colour scale of six steps; a larger value has a stronger colour."""
    return {
        "field": name,
        "type": "quantitative",
        "scale": {"type": "quantize", "domain": [0, top or 1], "range": [*HEAT]},
        "legend": None,
    }


HOURS_AXIS: Spec = {
    "title": None,
    "values": [0, 3, 6, 9, 12, 15, 18, 21],
    "labelExpr": "datum.value + ':00'",
}

LABEL: Spec = {"field": "label", "type": "nominal"}
"""The text of a mark, for the tooltip and for screen readers."""

VALUE_TEXT: Spec = {"type": "text", "align": "left", "dx": 6, "color": MUTED}
"""The figure to the right of a bar."""


def bar_width(days: Sequence[datetime]) -> int:
    """Return the width of the bar of one day, in pixels."""
    return max(2, int(WIDTH / max(1, len(days)) * 0.72))
