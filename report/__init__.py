"""Writes a report about a period: one HTML file with charts. The figures come from the analytics service."""

from .figures import Figures, Period
from .gathering import gather, last_days
from .headlines import Headline, headlines
from .writing import write_report

__all__ = ["Figures", "Headline", "Period", "gather", "headlines", "last_days", "write_report"]
