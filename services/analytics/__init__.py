"""Analytics: questions about all conversations, the MongoDB pipelines that answer them, and the daily facts they read."""

from .overview import AnalyticsOverview, MessagesOverview
from .pipelines import DAY
from .rollups import Rollups
from .service import AnalyticsService

__all__ = [
    "DAY",
    "AnalyticsOverview",
    "AnalyticsService",
    "MessagesOverview",
    "Rollups",
]
