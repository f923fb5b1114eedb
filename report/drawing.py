"""Draws charts with Vega-Lite as inline SVG, which needs no script and no network."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from ..errors import StartupError
from .theme import CONFIG, VARIABLES

try:
    import vl_convert
except ModuleNotFoundError as error:
    raise StartupError("The report needs a drawing library: pip install 'threadkeep[analytics]'.") from error

if TYPE_CHECKING:
    from .chart import Chart, Spec

_SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
_COLOUR = re.compile("|".join(map(re.escape, VARIABLES)))
_OPENING = re.compile(r'<svg [^>]*?width="([\d.]+)" height="([\d.]+)"[^>]*>')


def svg(chart: Chart, spec: Spec) -> str:
    """Return the chart as SVG, which scales to its container and takes the colours of the page."""
    drawing = vl_convert.vegalite_to_svg({"$schema": _SCHEMA, "config": CONFIG, **spec}, allowed_base_urls=[])
    drawing = _COLOUR.sub(lambda colour: f"var(--{VARIABLES[colour[0]]})", drawing)
    return _OPENING.sub(
        lambda found: (
            f'<svg viewBox="0 0 {found[1]} {found[2]}" width="{found[1]}" height="{found[2]}" '
            f'role="img" aria-label="{escape(chart.title, quote=True)}">'
        ),
        drawing,
        count=1,
    )
