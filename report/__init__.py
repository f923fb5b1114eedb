"""Writes a report about a period: one HTML file with charts. The figures come from the analytics service."""

from .chart import Chart, chart_spec
from .drawing import svg
from .figures import Figures, Period
from .gathering import gather, last_days
from .headlines import Headline, headlines
from .theme import MUTED, SERIES, WARN
from .writing import check_path, render_report, write_report

__all__ = [
    "MUTED",
    "SERIES",
    "WARN",
    "Chart",
    "Figures",
    "Headline",
    "Period",
    "chart_spec",
    "check_path",
    "gather",
    "headlines",
    "last_days",
    "render_report",
    "svg",
    "write_report",
]
