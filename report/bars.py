"""Horizontal bars with their figures beside them, which fit a phone: a long name stands above its bar."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .chart import LABEL, chart_spec, colour_scale
from .theme import MUTED, SERIES, WIDTH
from .widths import cut, width_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .chart import Spec

_ROW_HEIGHT, _BAR_HEIGHT, _NARROW_ROW_HEIGHT = 42, 14, 26
_ABOVE, _BELOW = -9, 8
"""The middles of the name and of the bar, in pixels from the middle of the row."""
_GAP = 12
_NAMES_WIDTH = 80


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar: its name, the amounts of its segments from left to right, the figure beside it, and the label of its marks."""

    name: str
    amounts: tuple[float, ...]
    figure: str
    label: str


def bars_below_names(bars: Sequence[Bar], segments: Sequence[str] = ("",), colours: Sequence[str] = SERIES) -> Spec:
    """Return bars under their names. Several segments have a legend."""
    name = {
        "mark": {"type": "text", "align": "left", "baseline": "middle", "yOffset": _ABOVE},
        "encoding": {"x": {"value": 0}, "y": _rows_axis(), "text": {"field": "name"}},
        "transform": [{"filter": "datum.segment_index == 0"}],
    }
    return chart_spec(
        _data(bars, segments),
        height=_ROW_HEIGHT * len(bars) + (28 if len(segments) > 1 else 0),
        layer=[*_bars_and_figures(bars, segments, colours, _rows_axis(), WIDTH, offset=_BELOW), name],
    )


def bars_beside_names(bars: Sequence[Bar], colour: str, title: str) -> Spec:
    """Return bars to the right of their names, which must be short. `title` is the title of the names."""
    labels = f"{json.dumps([bar.name for bar in bars])}[datum.value]"
    axis = {
        "title": title,
        "titleAngle": 0,
        "titleAlign": "left",
        "titleAnchor": "end",
        "titleY": -10,
        "titleX": -_NAMES_WIDTH + 24,
        "grid": False,
        "labelExpr": labels,
        "minExtent": _NAMES_WIDTH - 24,
    }
    rows = {**_rows_axis(), "axis": axis}
    layers = _bars_and_figures(bars, ("",), (colour,), rows, WIDTH - _NAMES_WIDTH, offset=0)
    return chart_spec(_data(bars, ("",)), height=_NARROW_ROW_HEIGHT * len(bars) + 24, layer=layers)


def _rows_axis() -> Spec:
    return {"field": "row", "type": "ordinal", "axis": None, "scale": {"padding": 0}}


def _data(bars: Sequence[Bar], segments: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {
            "row": row,
            "name": cut(bar.name, WIDTH - 8),
            "segment": segment,
            "segment_index": index,
            "amount": amount,
            "start": sum(bar.amounts[:index]),
            "end": sum(bar.amounts[: index + 1]),
            "total": sum(bar.amounts),
            "figure": bar.figure,
            "label": bar.label,
        }
        for row, bar in enumerate(bars)
        for index, (segment, amount) in enumerate(zip(segments, bar.amounts, strict=True))
    ]


def _bars_and_figures(
    bars: Sequence[Bar], segments: Sequence[str], colours: Sequence[str], y: Spec, width: int, *, offset: int
) -> list[Spec]:
    """Return the layers. The longest bar leaves room for the longest figure."""
    room = max(width_of(bar.figure) for bar in bars) + _GAP
    longest = max(sum(bar.amounts) for bar in bars) or 1
    scale = {"domain": [0, longest * width / max(40, width - room)], "nice": False}
    x = {"field": "start", "type": "quantitative", "axis": None, "scale": scale}
    segment = {
        "mark": {"type": "bar", "height": _BAR_HEIGHT, "yOffset": offset, "cornerRadiusEnd": 2},
        "encoding": {
            "x": x,
            "x2": {"field": "end"},
            "y": y,
            "color": colour_scale("segment", segments, colours[: len(segments)]),
            "description": LABEL,
        },
    }
    figure = {
        "mark": {"type": "text", "align": "left", "dx": 6, "yOffset": offset, "color": MUTED},
        "encoding": {"x": {**x, "field": "total"}, "y": y, "text": {"field": "figure"}},
        "transform": [{"filter": "datum.segment_index == 0"}],
    }
    return [segment, figure]
