"""Draws charts with Vega-Lite as inline SVG, which needs no script and no network."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ..errors import MissingExtra
from ..escaping import html_text, visible
from .theme import CONFIG, VARIABLES

try:
    import vl_convert
except ModuleNotFoundError as error:
    raise MissingExtra("The report", "analytics", error.name) from error

if TYPE_CHECKING:
    from .chart import Chart, Spec

_SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
_COLOUR = re.compile("|".join(map(re.escape, VARIABLES)))
LONGEST_TITLE = 1000
_LONGEST_NAME = 400
_OPENING = re.compile(r'<svg [^>]*?width="([\d.]+)" height="([\d.]+)"[^>]*>')


def warm_up() -> None:
    """Start the engine of the drawing library, which takes about a second, so that the first drawing does not wait for it."""
    vl_convert.vegalite_to_svg({"$schema": _SCHEMA, "data": {"values": []}, "mark": "bar"}, allowed_base_urls=[])


def svg(chart: Chart, spec: Spec) -> str:
    """Return the chart as SVG, which scales to its container and takes the colours of the page."""
    spec = {"$schema": _SCHEMA, "config": CONFIG, **_drawable(spec)}
    drawing = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])
    drawing = _COLOUR.sub(lambda colour: f"var(--{VARIABLES[colour[0]]})", drawing)
    return _OPENING.sub(
        lambda found: (
            f'<svg viewBox="0 0 {found[1]} {found[2]}" width="{found[1]}" height="{found[2]}" '
            f'role="img" aria-label="{html_text(chart.title, LONGEST_TITLE)}">'
        ),
        drawing,
        count=1,
    )


def _drawable(value: Any) -> Any:
    """The description with visible texts of a limited length. A control character would end this process (SIGABRT)."""
    if isinstance(value, dict):
        return {name: _drawable(member) for name, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [_drawable(member) for member in value]
    return value if value is None or isinstance(value, (int, float)) else visible(value, _LONGEST_NAME)
