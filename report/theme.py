"""The colours and fonts of charts. A drawing follows the page between the light and the dark scheme.

The drawing library takes colours, but the page uses CSS variables. Each variable therefore has a unique colour here, and
`drawing.svg` replaces these colours with the variables.
"""

from __future__ import annotations

from typing import Any

INK, MUTED, GRID, SURFACE, WARN = "#0a0001", "#0a0002", "#0a0003", "#0a0004", "#0a0005"
SERIES = ("#0a0010", "#0a0011", "#0a0012", "#0a0013", "#0a0014", "#0a0015", "#0a0016", "#0a0017")
HEAT = ("#0a0020", "#0a0021", "#0a0022", "#0a0023", "#0a0024", "#0a0025")

VARIABLES = {
    INK: "ink",
    MUTED: "muted",
    GRID: "grid",
    SURFACE: "surface",
    WARN: "warn",
    **{colour: f"series-{index}" for index, colour in enumerate(SERIES)},
    **{colour: f"heat-{index}" for index, colour in enumerate(HEAT)},
}

ROLES = {"user": SERIES[0], "assistant": SERIES[1], "tool": SERIES[2], "system": SERIES[3]}

WIDTH = 360
"""The width of a drawing in pixels. It is close to that of a phone, so that texts keep their size there."""
# The limits of texts are off: the drawing library would cut a text in the middle of a character and fail (`widths.cut`).
_AXIS = {
    "domain": False,
    "ticks": False,
    "gridColor": GRID,
    "labelColor": MUTED,
    "labelFontSize": 12,
    "labelPadding": 6,
    "labelLimit": 0,
    "titleColor": MUTED,
    "titleFontSize": 12,
    "titleFontWeight": "normal",
    "titlePadding": 8,
}
CONFIG: dict[str, Any] = {
    "background": None,
    "font": "Helvetica, Arial, sans-serif",
    "padding": 2,
    "view": {"stroke": None},
    "axis": _AXIS,
    "axisX": {"grid": False},
    "bar": {"color": SERIES[0]},
    "line": {"color": SERIES[0], "strokeWidth": 2.5, "strokeCap": "round", "strokeJoin": "round"},
    "point": {"color": SERIES[0]},
    "rect": {"stroke": SURFACE, "strokeWidth": 2},
    "text": {"color": INK, "fontSize": 12},
    "range": {"category": [*SERIES]},
    "legend": {
        "orient": "top",
        "title": None,
        "labelColor": MUTED,
        "labelFontSize": 12,
        "labelLimit": 0,
        "symbolType": "circle",
        "symbolSize": 90,
        "symbolStrokeWidth": 0,
        "columnPadding": 14,
        "rowPadding": 4,
        "offset": 8,
    },
}
