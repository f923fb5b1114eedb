"""Analytics: what is asked about all conversations, the daily facts that answer it, and the pipelines in MongoDB."""

from .changed_days import hidden_threads
from .pipelines import DAY, QUESTIONS, Pipeline
from .rollups import Rollups
from .service import AnalyticsService

__all__ = [
    "DAY",
    "QUESTIONS",
    "AnalyticsService",
    "Pipeline",
    "Rollups",
    "hidden_threads",
]
