"""A report to look at: one HTML file with charts of a period, drawn from the questions of `analytics/`."""

from .figures import Figures, Period
from .gathering import gather, last_days
from .headlines import Headline, headlines
from .writing import write_report

__all__ = ["Figures", "Headline", "Period", "gather", "headlines", "last_days", "write_report"]
