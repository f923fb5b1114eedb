"""The chart of a run: the CPU time of requests in units of the floor, with their targets."""

from __future__ import annotations

import re
from importlib import resources
from typing import TYPE_CHECKING

from ..report import MUTED, SERIES, WARN, Chart, chart_spec, svg

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .targets import Finding

_BAR_HEIGHT = 34
_TITLE = "CPU time of a request, in units of the floor"


def chart(findings: Sequence[Finding]) -> str:
    """A complete SVG document, which follows the light or dark mode of its reader."""
    data = [
        {
            "what": found.what,
            "measured": round(found.measured, 2),
            "target": found.target.at_most,
            "label": f"{found.measured:.2f} of at most {found.target.at_most}",
        }
        for found in findings
    ]
    requests = {"field": "what", "type": "nominal", "sort": None, "axis": {"title": None}}
    amounts = {"type": "quantitative", "axis": {"title": None, "tickCount": 5, "grid": True}}
    spec = chart_spec(
        data,
        height=_BAR_HEIGHT * len(data),
        encoding={"y": requests},
        layer=[
            {
                "mark": {"type": "bar", "height": {"band": 0.6}, "color": SERIES[0]},
                "encoding": {"x": {**amounts, "field": "measured"}},
            },
            {
                "mark": {"type": "tick", "thickness": 3, "color": WARN},
                "encoding": {"x": {**amounts, "field": "target"}},
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 6, "color": MUTED},
                "encoding": {"x": {**amounts, "field": "target"}, "text": {"field": "label", "type": "nominal"}},
            },
            {
                "mark": {"type": "rule", "color": MUTED, "strokeDash": [3, 3]},
                "encoding": {"x": {"datum": 1, "type": "quantitative"}, "y": {}},
            },
        ],
    )
    drawing = svg(Chart("requests", _TITLE, "", spec), spec)
    style = f"<style>{_palette()}</style><desc>{_TITLE}</desc>"
    drawing = drawing.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    return re.sub(r"(<svg [^>]*>)", lambda opening: opening[1] + style, drawing, count=1) + "\n"


def _palette() -> str:
    """The colours at the start of the style sheet of the report."""
    style = (resources.files("threadkeep.report") / "page.css").read_text()
    return " ".join(style.partition("* {")[0].split())
