"""Questions about conversations, as MongoDB pipelines: what docs/analytics.md shows and what `AnalyticsService` runs.

One file per theme. Everything here is a function from parameters to a pipeline; nothing connects to anything.
"""

from .catalogue import QUESTIONS
from .daily_facts import FACTS, VERSION
from .stages import DAY, Pipeline, Question

__all__ = [
    "DAY",
    "FACTS",
    "QUESTIONS",
    "VERSION",
    "Pipeline",
    "Question",
]
