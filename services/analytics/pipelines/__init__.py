"""The MongoDB pipelines of the analytics questions. docs/analytics.md shows them, and `AnalyticsService` runs them.

There is one file for each subject. Every function returns a pipeline for its arguments, and none connects to a database.
"""

from .catalogue import QUESTIONS
from .daily_facts import FACTS, VERSION
from .stages import DAY, Pipeline, Question, day_after, day_before

__all__ = [
    "DAY",
    "FACTS",
    "QUESTIONS",
    "VERSION",
    "Pipeline",
    "Question",
    "day_after",
    "day_before",
]
