"""Analytics: what is asked about all conversations, the daily facts that answer it, and the pipelines in MongoDB."""

from .pipelines import DAY
from .rollups import Rollups
from .service import AnalyticsService

__all__ = [
    "DAY",
    "AnalyticsService",
    "Rollups",
]
