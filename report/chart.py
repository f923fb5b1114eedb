"""A chart: what it says, how it is drawn, and the figures themselves for those who would rather read them."""

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
    """A title that says the finding, a line on what is shown, and a drawing unless there is nothing to draw."""

    name: str
    title: str
    note: str
    spec: Spec | None
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()


def nothing(name: str, sentence: str, note: str) -> Chart:
    """A chart of something that did not happen."""
    return Chart(name, sentence, note, None)


def drawn(data: Sequence[dict[str, Any]], *, height: int, **spec: Any) -> Spec:
    """A Vega-Lite description; dates among the data as it reads them."""
    values = [{key: _plain(value) for key, value in row.items()} for row in data]
    fit = {"type": "fit", "contains": "padding"}
    return {"width": WIDTH, "height": height, "autosize": fit, "data": {"values": values}, **spec}


def _plain(value: Any) -> Any:
    return value.isoformat() + "Z" if hasattr(value, "isoformat") else value


def days_axis(days: int) -> Spec:
    """Days from left to right, read as UTC wherever this runs."""
    return {
        "field": "day",
        "type": "temporal",
        "scale": {"type": "utc", "padding": 12},
        "axis": {"format": "%-d %b", "tickCount": min(days, 8), "title": None},
    }


def amounts_axis(title: str, name: str, **more: Any) -> Spec:
    """Amounts from bottom to top; `title` is the unit."""
    axis = {"title": None, "tickCount": 4, "format": more.pop("format", ",~r")}
    return {"field": name, "type": "quantitative", "axis": axis, "title": title, **more}


def coloured(name: str, domain: Sequence[str], colours: Sequence[str], *, lines: bool = False) -> Spec:
    """One colour for each value, named in a legend where there are several."""
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


def heat(name: str, top: float) -> Spec:
    """More of it is a stronger colour, in six steps."""
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
"""What a mark says when it is pointed at, or read aloud."""

BESIDE: Spec = {"type": "text", "align": "left", "dx": 6, "color": MUTED}
"""A figure beside the end of its bar."""


def span(days: Sequence[datetime]) -> int:
    """How wide the bar of a day is."""
    return max(2, int(WIDTH / max(1, len(days)) * 0.72))
