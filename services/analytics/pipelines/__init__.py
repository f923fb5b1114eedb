"""The MongoDB pipelines of the analytics questions. docs/analytics.md shows them, and `AnalyticsService` runs them.

There is one file for each subject. Every function returns a pipeline for its arguments, and none connects to a database.
"""

from .catalogue import QUESTIONS
from .contributions import VERSION, contributions
from .overview import OVERVIEW
from .stages import DAY, Pipeline, Question, day_after, day_before

__all__ = [
    "DAY",
    "OVERVIEW",
    "QUESTIONS",
    "VERSION",
    "Pipeline",
    "Question",
    "contributions",
    "day_after",
    "day_before",
]
